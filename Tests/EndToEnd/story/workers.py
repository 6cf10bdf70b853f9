"""Kills the worker at chosen places of sagas, and starts another one each time."""

import os
import select
import subprocess
import threading

from console import StoryFailed

PROVISIONING = ["place", "principals", "database", "limits", "schema", "verify", "activation"]
TEARDOWN = ["close", "backup", "verify", "drop", "principals", "absence", "records"]

# How long the jobs of a killed worker wait for the next one. The shortest that is allowed: it is waited for at each place.
LEASE = "TRELLIS_WORKER_LEASE_SECONDS=2"


def places(saga, side):
    steps = {"graphs.provision": PROVISIONING, "graphs.teardown": TEARDOWN}[saga]
    return [f"{saga}/{step}/{side}" for step in steps]


class Workers:
    """The worker process of the installation under a folder of Scripts/dev."""

    def __init__(self, script):
        self.script = script

    def start(self, *settings):
        result = subprocess.run([self.script, "worker", *settings], capture_output=True, text=True, timeout=120, check=False)
        if result.returncode != 0:
            raise StoryFailed(f"the worker did not start: {result.stderr.strip()[-800:]}")
        return int(result.stdout)

    def killed_at(self, found):
        return Killing(self, found)


class Killing:
    """While it lasts the worker kills itself at each of the places, in their order, and is started anew each time."""

    def __init__(self, workers, found):
        self.workers = workers
        self.left = list(found)
        self.reached = []
        self.failure = None
        self.wanted, self.stop = os.pipe()

    def __enter__(self):
        self.pid = self._start_next()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _start_next(self):
        return self.workers.start(LEASE, *(f"TRELLIS_SANDBOX_CRASH_AT={place}" for place in self.left[:1]))

    def _watch(self):
        try:
            while self.left:
                process = os.pidfd_open(self.pid)
                try:
                    ended, _, _ = select.select([process, self.wanted], [], [])
                finally:
                    os.close(process)
                if self.wanted in ended:
                    return
                self.reached.append(self.left.pop(0))
                self.pid = self._start_next()
        except (OSError, StoryFailed, subprocess.TimeoutExpired) as error:
            self.failure = error

    def __exit__(self, kind, error, trace):
        os.write(self.stop, b".")
        self.thread.join()
        os.close(self.wanted)
        os.close(self.stop)
        if error is None and self.failure is not None:
            raise StoryFailed(f"a worker could not be started again: {self.failure}")
        if self.left and error is None:
            raise StoryFailed(f"the worker was never killed at {', '.join(self.left)}")
