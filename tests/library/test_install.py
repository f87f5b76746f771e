"""libuavlog as its users get it: installed into a temporary folder, found by pkg-config, compiled against, run.

Usage: test_install.py BUILD UAVLAKE DUMP THREADS_TEST COMPILER…

* The shared library exports the functions of uavlog.h, all of them in UAVLOG_0, and nothing else; it needs only what decoding needs, and
  holds no call that would end or print for its program. The static one has no other global name.
* The header compiles alone as C99, C11 and C++; the man page names every function; README's program and examples/columns.c compile.
* columns prints of simulated logs (and of ../shared/logs where they are) what uavlake-dump reads of them, to the last digit.
* walk finds the same by path, memory and callback, in batches of any size; starved of memory it gets an error, at every allocation.
* A caller's decimal comma changes nothing.

Exit 0: all well; 77: no pkg-config or compiler."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

BUILD, UAVLAKE, DUMP, THREADS_TEST, COMPILER = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
# What decoding may need of other libraries.
NEEDED = {"libc.so.6", "libm.so.6", "libexif.so.12", "libpthread.so.0", "libz.so.1", "libzstd.so.1", "liblzma.so.5"}
# What a library must not do to its program.
FORBIDDEN = {"abort", "exit", "_exit", "fprintf", "printf", "puts", "putchar", "perror", "fputs", "fwrite", "stderr", "stdout", "setlocale",
             "signal", "sigaction", "setenv", "atexit"}
faults = []


def check(true, text):
    if not true:
        faults.append(text)
        print("wrong:", text)
    return true


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)


def must(*command, **options):
    done = run(*command, **options)
    if done.returncode:
        print(done.stdout + done.stderr)
        sys.exit(f"{command[0]} ended with {done.returncode}")
    return done.stdout


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def install(folder):
    """Where the tree lies, and pkg-config's words for it."""
    must("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", folder, "--tags", "devel,runtime,man")
    [found] = glob.glob(folder + "/**/uavlog.pc", recursive=True)
    library = os.path.dirname(os.path.dirname(found))
    environment = dict(os.environ, PKG_CONFIG_LIBDIR=os.path.dirname(found), PKG_CONFIG_SYSROOT_DIR=folder, LD_LIBRARY_PATH=library)
    return library, environment


def header_functions():
    return set(re.findall(r"\b(uavlog_\w+)\(", re.sub(r"/\*.*?\*/", "", read("include/uavlog.h"), flags=re.S)))


def check_exports(library):
    shared = library + "/libuavlog.so"
    names = [line.split()[-1] for line in must("nm", "-D", "--defined-only", shared).splitlines()]
    exported = {name.removesuffix("@@UAVLOG_0") for name in names if name != "UAVLOG_0"}
    check(exported == header_functions(), f"exported, but not in the header, or the other way: {exported ^ header_functions()}")
    check(all(name.endswith("@@UAVLOG_0") or name == "UAVLOG_0" for name in names), f"a name without its version: {names}")
    undefined = {line.split()[-1].split("@")[0] for line in must("nm", "-D", "--undefined-only", shared).splitlines()}
    check(not undefined & FORBIDDEN, f"the library calls {undefined & FORBIDDEN}")
    dynamic = must("readelf", "-d", shared)
    check("[libuavlog.so.0]" in dynamic, "the soname is not libuavlog.so.0")
    needed = set(re.findall(r"NEEDED.*\[(.*)\]", dynamic))
    check(needed <= NEEDED, f"the library needs {needed - NEEDED}")
    static = {line.split()[-1] for line in must("nm", "-g", "--defined-only", library + "/libuavlog.a").splitlines() if " T " in line or " D " in line}
    check(static == header_functions(), f"global in the static library: {static ^ header_functions()}")


def check_texts(folder):
    manual = glob.glob(folder + "/**/man3/uavlog.3", recursive=True)
    if check(manual, "the man page is not installed"):
        text = open(manual[0], encoding="utf-8").read()
        check("@" not in text, "a place holder is left in the man page")
        missing = [name for name in header_functions() if not re.search(name + r"\b", text)]
        check(not missing, f"the man page lacks {missing}")
        if shutil.which("groff"):
            done = run("groff", "-man", "-ww", "-Tutf8", manual[0])
            check(not done.stderr, f"groff: {done.stderr}")


def check_header(folder, environment):
    flags = must("pkg-config", "--cflags", "uavlog", env=environment).split()
    strict = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"]
    source = folder + "/alone"
    for suffix, compiler, standards in ((".c", COMPILER, ["c99", "c11"]), (".cpp", ["c++"], ["c++11", "c++17"])):
        with open(source + suffix, "w", encoding="utf-8") as file:
            file.write("#include <uavlog.h>\nint main(void) { struct uavlog_options o = UAVLOG_OPTIONS_INIT; return o.size == 0; }\n")
        if not shutil.which(compiler[0]):
            continue
        for standard in standards:
            done = run(*compiler, f"-std={standard}", *strict, *flags, source + suffix)
            check(done.returncode == 0, f"the header as {standard}: {done.stderr}")


def compile_program(source, out, environment, static=False, standard="c99"):
    words = must("pkg-config", "--cflags", "--libs", *(["--static"] if static else []), "uavlog", env=environment).split()
    if static:
        words = ["-l:libuavlog.a" if word == "-luavlog" else word for word in words]
    must(*COMPILER, f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-O2", source, "-o", out, *words, "-lm", "-pthread")
    if static:
        check("libuavlog" not in must("readelf", "-d", out), "the static program needs the shared library")
    return out


def readme_program(folder):
    """README's program under "From C"."""
    part = re.search(r"\n## From C\n(.*?)\n## ", read("README.md"), re.S)
    source = folder + "/readme.c"
    with open(source, "w", encoding="utf-8") as file:
        file.write(re.search(r"```c\n(.*?)```", part.group(1), re.S).group(1))
    return source


def expected_lines(log, message):
    """The example's output from uavlake-dump's values."""
    lines, fields = [], None
    for line in must(DUMP, log, "--message", message).splitlines():
        row = json.loads(line)
        if row.get("name") == message and "fields" in row:
            fields = row["fields"]
            lines.append("time_us" + "".join(f",{f['name']} [{f['unit']}]" for f in fields))
        elif "v" in row:
            time = -(1 << 63) if row["t"] is None else row["t"]
            lines.append(f"{time}" + "".join("," + cell(value, field) for value, field in zip(row["v"], fields)))
    return lines


def cell(value, field):
    if isinstance(value, list):
        value = value[0]
    if isinstance(value, str):
        return value or "nan"
    return "%.9g" % (value * field["scale"])


def compare_columns(columns, environment, log, messages):
    for message in messages:
        done = run(columns, log, message, env=environment)
        expected = expected_lines(log, message)
        check(done.returncode == 0 and done.stdout.rstrip("\n").split("\n") == expected and len(expected) > 1,
              f"{columns} {log} {message}: {done.stdout[:300]!r} is not {expected[:2]}")


def walk_logs(walk, environment, logs):
    for log in logs:
        for mode in ([], ["--starve"]):
            done = run(walk, *mode, log, env=environment, timeout=300)
            check(done.returncode == 0, f"walk {mode} {log}: {done.returncode} {done.stdout} {done.stderr}")


def shared_logs():
    """One small real log of each folder."""
    found = {}
    for path in sorted(glob.glob(os.path.join(ROOT, "..", "shared", "logs", "*", "*", "*"))):
        if os.path.isfile(path) and os.path.getsize(path) < 400_000:
            found.setdefault(path.split(os.sep)[-3], path)
    return list(found.values())


def check_locale(folder, environment):
    made = folder + "/de_DE.UTF-8"
    if not shutil.which("localedef") or run("localedef", "-i", "de_DE", "-f", "UTF-8", made).returncode > 1 or not os.path.isdir(made):
        return "no locale with a decimal comma could be made"
    done = run(THREADS_TEST, env=dict(environment, LOCPATH=folder))
    check(done.returncode == 0 and "SKIPPED" not in done.stdout, f"with a decimal comma: {done.stdout}{done.stderr}")
    return "decimal comma checked"


def main():
    if not shutil.which("pkg-config") or not shutil.which(COMPILER[0]):
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        library, environment = install(folder + "/tree")
        check_exports(library)
        check_texts(folder)
        check_header(folder, environment)
        columns = compile_program(ROOT + "/examples/columns.c", folder + "/columns", environment)
        static = compile_program(ROOT + "/examples/columns.c", folder + "/columns-static", environment, static=True)
        readme = compile_program(readme_program(folder), folder + "/readme", environment)
        walk = compile_program(ROOT + "/tests/library/walk.c", folder + "/walk", environment, standard="gnu17")
        must(UAVLAKE, "simulate", "--out", folder + "/flights", "--vehicles", "1", "--flights", "2", "--duration", "30", "--quiet")
        binary = sorted(glob.glob(folder + "/flights/*/*.bin"))[0]
        telemetry = sorted(glob.glob(folder + "/flights/*/*.tlog"))[0]
        for program in (columns, static):
            compare_columns(program, environment, binary, ["BAT", "ATT", "PARM", "MSG"])
            compare_columns(program, environment, telemetry, ["HEARTBEAT", "ATTITUDE", "GPS_RAW_INT"])
        check("BAT" in must(readme, binary, env=environment), "README's program doesn't name BAT")
        check(run(columns, folder + "/none", "BAT", env=environment).returncode == 3, "a missing file is not said so")
        logs = [binary, telemetry] + shared_logs()
        walk_logs(walk, environment, logs)
        seeds = sorted(glob.glob(ROOT + "/tests/fuzz/corpus/*/*"))
        for seed in seeds:
            done = run(walk, "--starve", seed, env=environment, timeout=300)
            check(done.returncode == 0, f"walk --starve {seed}: {done.returncode} {done.stdout} {done.stderr}")
        print(f"{len(header_functions())} functions, {len(logs)} logs walked and starved, {len(seeds)} seeds starved, {check_locale(folder, environment)}")
    sys.exit(1 if faults else 0)


main()
