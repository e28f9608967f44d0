"""How many domains are looked at each second, as their DNS server sees it: a look asks once for the MX set. Nothing is
asked of the exporter for it, whose /metrics of a large fleet is too long to be read each second."""

import math
import threading
import time

SAMPLE_SECONDS = 1
WINDOW_SECONDS = 10
HELD_UP_SECONDS = 1
SIGMAS = 5


def allowed(rate, seconds):
    """The most looks in so many seconds, where `rate` a second are due. Places in the interval are hashes, so that the
    looks of a window scatter by the root of their mean: five times that is not met in a million windows. And for a
    second the exporter may have been held up, by a scrape or by who else uses the machine, and looks late."""
    mean = rate * seconds
    return mean + SIGMAS * math.sqrt(mean) + rate * HELD_UP_SECONDS


def most(times_and_counts, seconds):
    """(looks, seconds) of the fullest window that is at least so long; of counts that only grow."""
    fullest, begin = (0, seconds), 0
    for end, (now, count) in enumerate(times_and_counts):
        while begin < end and now - times_and_counts[begin + 1][0] >= seconds:
            begin += 1
        then, before = times_and_counts[begin]
        if now - then >= seconds:
            fullest = max(fullest, (count - before, now - then), key=lambda window: window[0] / window[1])
    return fullest


class Asked(threading.Thread):
    """Counts while it is a context."""

    def __init__(self, dns):
        super().__init__(daemon=True)
        self._dns, self._ended, self._failed = dns, threading.Event(), None
        self._samples = []  # (time as the exporter tells it, MX questions so far)

    def run(self):
        due = time.monotonic()
        try:
            while not self._ended.wait(max(0, due - time.monotonic())):
                due = max(due + SAMPLE_SECONDS, time.monotonic())
                self._samples.append((time.time(), self._dns.asked().get("MX", 0)))
        except Exception as error:  # told by between(): a thread has nobody to tell
            self._failed = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self.join()

    def between(self, begin, end):
        if self._failed:
            raise self._failed
        return [sample for sample in self._samples if begin <= sample[0] <= end]
