# Optional shorthand; everything is done by Scripts/.
.PHONY: help test check format fuzz
help:
	@echo "make test | check | format | fuzz"
test check format fuzz:
	@Scripts/$@
