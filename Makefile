# Optional shorthand; everything is done by Scripts/.
.PHONY: help dev test check format docs bench fuzz story
help:
	@echo "make dev | test | check | format | docs | bench | fuzz | story"
dev test check format docs bench fuzz story:
	@Scripts/$@
