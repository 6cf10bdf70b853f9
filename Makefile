# Optional shorthand; everything is done by Scripts/.
.PHONY: help dev test check format fuzz story docs
help:
	@echo "make dev | test | check | format | fuzz | story | docs"
dev test check format fuzz story docs:
	@Scripts/$@
