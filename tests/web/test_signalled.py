"""L2: whoever is told to stop hears it, whichever of its threads is told."""

import subprocess
import sys

TOLD_TO_ANOTHER_THREAD = """
import signal, threading, time
from adapter.web.signalled import Signalled

stopped = Signalled()
signal.signal(signal.SIGTERM, lambda *_: stopped.set())
other = threading.Thread(target=time.sleep, args=(60,), daemon=True)
other.start()
tell = threading.Timer(0.2, lambda: signal.pthread_kill(other.ident, signal.SIGTERM))
tell.start()
stopped.wait()
print("stopped")
"""


def test_a_signal_that_another_thread_takes_ends_the_wait():
    done = subprocess.run(
        [sys.executable, "-c", TOLD_TO_ANOTHER_THREAD],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.stdout == "stopped\n"
