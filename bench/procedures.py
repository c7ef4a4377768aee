"""Scenarios with a procedure of their own: parts of full load, TLS, fail-over, the soak."""

import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from machine import BenchError, ask, free_port

# Parts of the highest rate of a gateway at which its latency is measured.
SHARES = (0.25, 0.50, 0.75)

# A soak fails when the last third of its samples has this much more than the first.
HEAP_GROWTH = 1.10
HEAP_GROWTH_MB = 5
RSS_GROWTH = 1.15
DESCRIPTOR_GROWTH = 20
SOAK_SAMPLE_SECONDS = 20

LAUNCHER = pathlib.Path(__file__).resolve().parent.parent / "customhouse"
FIRST_ANSWERS = 9
FIRST_ANSWER_SECONDS = 30


def say(text):
    print(text, flush=True)


def heap_mb(bench):
    """What the gateway's heap holds after a full collection; none for another than a JVM."""
    if bench.options.gateway_cmd:
        return None
    jcmd = [str(bench.java_home / "bin" / "jcmd"), str(bench.processes["ours"].popen.pid)]
    subprocess.run([*jcmd, "GC.run"], check=True, stdout=subprocess.DEVNULL)
    text = subprocess.run(
        [*jcmd, "GC.heap_info"], check=True, capture_output=True, text=True
    ).stdout
    used = [int(kilobytes) for kilobytes in re.findall(r"total\s+\d+K, used (\d+)K", text)]
    return round(sum(used) / 1024, 1)


def steps(bench):
    """Latency at 25, 50 and 75 % of what this gateway can do, beside direct at the same rate."""
    say("steps: small chat at parts of the highest rate, open loop, 256 connections")
    seconds = bench.options.seconds
    figures = bench.results.setdefault("steps", [])
    for name in bench.targets():
        most = bench.load(name, f"--connections 64 --warmup 1 --seconds {seconds}")["per_second"]
        for share in SHARES:
            rate = max(1, round(most * share))
            arguments = f"--mode open --rate {rate} --connections 256 --warmup 1 --seconds {seconds}"
            direct = bench.load("direct", arguments)
            through = bench.load(name, arguments)
            row = {
                "target": name,
                "share": share,
                "rate": rate,
                "cpu_us": through["cpu_us"],
                "errors": sum(through["errors"].values()),
            }
            for point in ("p50", "p99", "p999"):
                row[point] = round(through["latency_us"][point], 1)
                row["added_" + point] = round(
                    through["latency_us"][point] - direct["latency_us"][point], 1
                )
            figures.append(row)
            say(f"  {row}")


def translated(bench):
    """The same question from clients of other dialects, to the same upstream of Chat Completions."""
    if "ours" not in bench.processes or shutil.which("wrk") is None:
        say("translated: the gateway or wrk is missing, not measured")
        return
    say("translated: clients of other dialects, upstream of Chat Completions, sent by wrk")
    rounds = max(1, bench.options.rounds)
    figures = bench.results.setdefault("translated", {})
    for kind, model in (("small", "bench-small"), ("stream", "bench-50x0ms")):
        requests = questions(model, kind == "stream")
        for path, body in requests.values():
            bench.wrk("ours", bench.options.gateway_warmup, path, body)
        for _ in range(rounds):
            for dialect, (path, body) in requests.items():
                leg = bench.wrk("ours", None, path, body)
                figures.setdefault(kind, {}).setdefault(dialect, []).append(leg["cpu_us"])
        say(f"  {kind}: {figures[kind]}")


def questions(model, stream):
    words = "How long is the gate open today?"
    message = {"role": "user", "content": words}
    chat = {"model": model, "messages": [message]}
    if stream:
        chat.update(stream=True, stream_options={"include_usage": True})
    action = "streamGenerateContent?alt=sse" if stream else "generateContent"
    return {
        "chat (bytes)": ("/v1/chat/completions", chat),
        "messages": (
            "/v1/messages",
            {"model": model, "max_tokens": 1000, "messages": [message], "stream": stream},
        ),
        "responses": (
            "/v1/responses", {"model": model, "input": words, "store": False, "stream": stream}
        ),
        "gemini": (
            f"/v1beta/models/{model}:{action}",
            {"contents": [{"role": "user", "parts": [{"text": words}]}]},
        ),
    }


def tls(bench):
    """The small request over TLS 1.3, sent by wrk: each gateway ends TLS itself."""
    if shutil.which("wrk") is None or shutil.which("openssl") is None:
        say("tls: wrk or openssl is missing, not measured")
        return
    if bench.options.gateway_cmd:
        return
    say("tls: small chat over TLS, 64 connections, sent by wrk")
    certificate, key = bench.temp / "tls.crt", bench.temp / "tls.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    for name in bench.targets():
        bench.stop(name)
        bench.secured = (certificate, key)
        try:
            bench.start(name)
            # The handshakes of 64 connections are most of what a cold JVM does at first.
            failed = bench.failed
            bench.wrk(name, max(10, bench.options.gateway_warmup))
            bench.failed = failed
            bench.results.setdefault("tls", {})[name] = bench.wrk(name)
        finally:
            bench.secured = None
            bench.stop(name)
        bench.start(name)
        say(f"  {name:7} {bench.results['tls'][name]}")


def first(bench):
    """What a new user waits for: `./customhouse up` in an empty folder, on all CPUs, until a model answers."""
    if bench.options.gateway_cmd:
        return
    say("first: from exec of the launcher to a model's first answer")
    for variant, environment in (("with AOT cache", {}), ("without", {"CUSTOMHOUSE_AOT": "off"})):
        # One more than counted: the first one fills the page cache.
        seconds = [first_answer(environment) for _ in range(FIRST_ANSWERS + 1)][1:]
        bench.results.setdefault("first", {})[variant] = [round(value, 3) for value in seconds]
        say(f"  {variant}: {bench.results['first'][variant]}")


def first_answer(environment):
    """The seconds of one start. The process is ended and its folder deleted."""
    with tempfile.TemporaryDirectory(prefix="customhouse-bench-") as folder:
        port = free_port()
        output = pathlib.Path(folder) / "output"
        with open(output, "wb") as log:
            begin = time.monotonic()
            process = subprocess.Popen(
                [LAUNCHER, "up", "--port", str(port)],
                cwd=folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            while time.monotonic() < begin + FIRST_ANSWER_SECONDS:
                key = re.search(r"API key\s+(sk-ch-\w+)\s", output.read_text(errors="replace"))
                if key and ask(port, key.group(1), "sandbox/echo")[0] == 200:
                    return time.monotonic() - begin
                time.sleep(0.003)
            raise BenchError(f"no answer in time:\n{output.read_text(errors='replace')}")
        finally:
            process.terminate()
            process.wait()


def soak(bench):
    """Small requests, streams and cancels in turn for minutes: memory must not grow."""
    if "ours" not in bench.processes:
        return
    minutes = bench.options.soak_minutes
    say(f"soak: {minutes:g} minutes of small requests, streams and cancels")
    bench.fresh("ours")
    process = bench.processes["ours"]
    samples = []
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        part = SOAK_SAMPLE_SECONDS / 2
        small = bench.load("ours", f"--connections 64 --warmup 0 --seconds {part}")
        stream = bench.load(
            "ours",
            "--connections 16 --stream --usage --model bench-50x0ms --warmup 0 --seconds"
            f" {part}",
        )
        bench.leave("ours", 100)
        samples.append({
            "rss_mb": round(process.rss_mb(), 1),
            "heap_mb": heap_mb(bench),
            "descriptors": process.settled_descriptors(),
            "cpu_us": small["cpu_us"],
            "errors": sum(small["errors"].values()) + sum(stream["errors"].values()),
        })
        say(f"  {samples[-1]}")
    if len(samples) < 3:
        raise BenchError("a soak needs a minute at least, to compare its end with its begin")
    growth = {}
    third = len(samples) // 3
    for what in ("rss_mb", "heap_mb", "descriptors"):
        values = [sample[what] for sample in samples if sample[what] is not None]
        if values:
            growth[what] = (
                statistics.median(values[:third]), statistics.median(values[-third:])
            )
    grown = [
        what
        for what, (first, last) in growth.items()
        if last > limit(what, first)
    ]
    if grown or any(sample["errors"] for sample in samples):
        bench.failed = True
    bench.results["soak"] = {
        "minutes": minutes, "growth": growth, "grown": grown, "samples": samples
    }


def limit(what, first):
    if what == "descriptors":
        return first + DESCRIPTOR_GROWTH
    if what == "heap_mb":
        return first * HEAP_GROWTH + HEAP_GROWTH_MB
    return first * RSS_GROWTH + HEAP_GROWTH_MB


def report(results):
    lines = []
    if "steps" in results:
        lines += [
            "",
            "| load | of the highest | requests/s | CPU us/request | p50 us | p99 us | p99.9 us"
            " | added p50 us | added p99 us | errors |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for row in results["steps"]:
            lines.append(
                f"| {row['target']} | {row['share']:.0%} | {row['rate']:,} | {row['cpu_us']}"
                f" | {row['p50']:,.0f} | {row['p99']:,.0f} | {row['p999']:,.0f}"
                f" | {row['added_p50']:,.0f} | {row['added_p99']:,.0f} | {row['errors']} |"
            )
    for kind, dialects in results.get("translated", {}).items():
        lines += ["", f"| {kind}, by client | CPU us/request | of the bytes path |", "|---|---|---|"]
        # Each with the leg of the same round: the machine's own speed changes from one to the next.
        bytes_path = dialects["chat (bytes)"]
        for dialect, values in dialects.items():
            shares = [value / least for value, least in zip(values, bytes_path)]
            lines.append(
                f"| {dialect} | {statistics.median(values):,.1f} ({min(values):,.1f}-{max(values):,.1f})"
                f" | {statistics.median(shares):.2f} x ({min(shares):.2f}-{max(shares):.2f}) |"
            )
    if "tls" in results:
        lines += ["", "| TLS, sent by wrk | CPU us/request | requests/s | p99 us |", "|---|---|---|---|"]
        for name, leg in results["tls"].items():
            lines.append(
                f"| {name} | {leg['cpu_us']:,.1f} | {leg['per_second']:,.0f}"
                f" | {leg['latency_us']['p99']:,.0f} |"
            )
    if "first" in results:
        lines += ["", "| `up` to a model's first answer | median s | least to most |", "|---|---|---|"]
        for variant, seconds in results["first"].items():
            lines.append(
                f"| {variant} | {statistics.median(seconds):.2f}"
                f" | {min(seconds):.2f}-{max(seconds):.2f} |"
            )
    if "heap_mb" in results:
        lines += ["", f"Heap after a full collection at the end: {results['heap_mb']} MB."]
    if "soak" in results:
        held = results["soak"]
        lines += [
            "",
            f"| soak of {held['minutes']:g} minutes | first third | last third | grown |",
            "|---|---|---|---|",
        ]
        for what, (first, last) in held["growth"].items():
            mark = "yes" if what in held["grown"] else "no"
            lines.append(f"| {what.replace('_', ' ')} | {first:g} | {last:g} | {mark} |")
    return lines
