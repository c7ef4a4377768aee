"""Processes of the benchmark: started on a CPU of their own, measured from /proc, always ended."""

import ctypes
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import time

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1
PR_SET_TIMERSLACK = 29
JAVA_RELEASE = 25


class BenchError(Exception):
    """Something that ends the run with a message and no stack trace."""


class Process:
    """A started process with its descendants. `log` receives its output."""

    running = []

    def __init__(self, name, command, cpu, log, env=None, stdin=None, stdout=None):
        self.name = name
        self.log = log
        libc = ctypes.CDLL(None)

        def prepare():
            os.sched_setaffinity(0, {cpu})
            # Ends with this driver even if that is killed; timers to the microsecond, not to 50 us.
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            libc.prctl(PR_SET_TIMERSLACK, 1)

        with open(log, "ab") as output:
            self.popen = subprocess.Popen(
                command,
                env={**os.environ, **(env or {})},
                stdin=stdin or subprocess.DEVNULL,
                stdout=stdout or output,
                stderr=output,
                # A session of its own: Ctrl-C reaches the driver, which ends everything in order.
                start_new_session=True,
                preexec_fn=prepare,
                text=True,
            )
        Process.running.append(self)

    def tree(self):
        """The process ids of this process and everything below it."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                fields = stat_fields(entry)
                if fields:
                    parents.setdefault(int(fields[1]), []).append(int(entry))
        found = [self.popen.pid]
        for pid in found:
            found.extend(parents.get(pid, []))
        return found

    def cpu_seconds(self):
        """User and system time of the tree, with the children that have ended."""
        ticks = 0
        for pid in self.tree():
            fields = stat_fields(pid)
            if fields:
                ticks += sum(int(field) for field in fields[11:15])
        return ticks / TICKS_PER_SECOND

    def rss_mb(self):
        pages = 0
        for pid in self.tree():
            try:
                pages += int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
            except OSError:
                pass
        return pages * PAGE_BYTES / 1e6

    def descriptors(self):
        count = 0
        for pid in self.tree():
            try:
                count += len(os.listdir(f"/proc/{pid}/fd"))
            except OSError:
                pass
        return count

    def settled_descriptors(self, seconds=10):
        """Their count once connections that are being closed are closed."""
        deadline = time.monotonic() + seconds
        last = self.descriptors()
        while time.monotonic() < deadline:
            time.sleep(0.3)
            now = self.descriptors()
            if now == last:
                break
            last = now
        return last

    def check_alive(self):
        if self.popen.poll() is not None:
            raise BenchError(f"{self.name} ended by itself:\n{self.tail()}")

    def tail(self):
        lines = pathlib.Path(self.log).read_text(errors="replace").splitlines()
        return "\n".join(lines[-30:])

    def stop(self, seconds=10):
        """Asks it to end, then makes it end. The group is one that was made for it above."""
        if self in Process.running:
            Process.running.remove(self)
        try:
            os.killpg(self.popen.pid, signal.SIGTERM)
            self.popen.wait(seconds)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    @staticmethod
    def stop_all():
        for process in list(Process.running):
            process.stop()


def stat_fields(pid):
    """The fields of /proc/PID/stat after the name (which may hold spaces), or none."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def busy_seconds(cpu):
    """What this CPU has worked for anybody, or was kept from working by the hypervisor."""
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name == f"cpu{cpu}":
            user, nice, system, _idle, _wait, irq, softirq, steal = map(int, fields[:8])
            return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND
    return 0.0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, key, model="bench-small", timeout=10, secured=False):
    """One small chat request; the status and the answer's text. No certificate is checked."""
    if secured:
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=timeout, context=context
        )
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(
            "POST",
            "/v1/chat/completions",
            json.dumps({"model": model, "messages": [{"role": "user", "content": "Open?"}]}),
            {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


def await_answer(process, port, key, seconds=60, secured=False):
    """Asks every 2 ms until the first 200; returns the time of it."""
    deadline = time.monotonic() + seconds
    last = "no connection"
    while time.monotonic() < deadline:
        process.check_alive()
        try:
            status, text = ask(port, key, secured=secured)
            if status == 200:
                return time.monotonic()
            last = f"{status} {text[:500]}"
        except OSError:
            pass
        except http.client.HTTPException as error:
            last = repr(error)
        time.sleep(0.002)
    raise BenchError(
        f"{process.name} gave no 200 within {seconds} s, last: {last}\n{process.tail()}"
    )


def find_java(asked):
    """The home of a JDK that is new enough: as asked, JAVA_HOME, the usual folders, the PATH."""
    if asked:
        path = pathlib.Path(asked).resolve()
        homes = [path.parent.parent if path.is_file() else path]
    else:
        homes = [pathlib.Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
        for folder in ("/usr/lib/jvm", "/opt", "~/.sdkman/candidates/java", "~/.jdks"):
            homes += sorted(pathlib.Path(folder).expanduser().glob("*"))
        for folder in os.environ.get("PATH", "").split(":"):
            homes.append((pathlib.Path(folder) / "java").resolve().parent.parent)
    for home in homes:
        try:
            release = (home / "release").read_text()
        except OSError:
            continue
        version = re.search(r'JAVA_VERSION="(\d+)', release)
        if version and int(version.group(1)) >= JAVA_RELEASE and (home / "bin/javac").exists():
            return home
    raise BenchError(f"no JDK {JAVA_RELEASE} or newer found; looked at: {asked or homes}")


def cpu_model():
    match = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return match.group(1) if match else "unknown"
