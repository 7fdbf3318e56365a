# A thin face of ./dev. Arguments: make test ARGS="tests/races -k laps"
# Settings may stand on the line: make run FEED=https://… PORT=8080

.PHONY: help setup run stack test lint fmt bench pins
.DEFAULT_GOAL := help

help setup run stack test lint fmt bench pins:
	@exec ./dev $@ $(ARGS)
