"""Prints a story step by step and stops at the first thing that is not as it should be."""

import select
import time


class StoryFailed(Exception):
    """Something was not as the story tells it."""


class Console:
    def __init__(self, quiet=False):
        self.quiet = quiet
        self.steps = 0
        self.started = time.monotonic()

    def begin(self, title):
        self.steps = 0
        self.started = time.monotonic()
        print(f"\n{title}\n{'=' * len(title)}", flush=True)

    def step(self, text):
        self.steps += 1
        self.line(f"\n{self.steps:2}. {text}")

    def fact(self, text):
        self.line(f"    {text}")

    def line(self, text):
        if not self.quiet:
            print(text, flush=True)

    def check(self, condition, text, *facts):
        if not condition:
            raise StoryFailed(f"step {self.steps}: {text}" + "".join(f"\n      {fact!r}" for fact in facts))
        self.fact(f"✓ {text}")

    def end(self):
        print(f"\nPassed: {self.steps} steps in {time.monotonic() - self.started:.1f} s", flush=True)


def wait_until(what, probe, seconds=180.0):
    """Asks until the answer is truthy. Where the product has no stream to listen to, a caller can only ask again."""
    deadline = time.monotonic() + seconds
    answer = probe()
    while not answer:
        if time.monotonic() > deadline:
            raise StoryFailed(f"waited {seconds:.0f} s for {what}; the last answer was {answer!r}")
        select.select([], [], [], 0.05)
        answer = probe()
    return answer
