"""Run a command and print what it took, as JSON: wall and processor seconds, peak resident memory, status and output."""
import json
import resource
import subprocess
import sys
import time

start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(
    json.dumps(
        {
            "seconds": seconds,
            "cpuSeconds": used.ru_utime + used.ru_stime,
            "peakBytes": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
            "status": done.returncode,
            "stdout": done.stdout.decode(),
            "stderr": done.stderr.decode()[-2000:],
        }
    )
)
