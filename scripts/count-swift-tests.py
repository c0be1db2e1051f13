#!/usr/bin/env python3
"""count-swift-tests.py EVENTS STATUS: counts a Swift Testing event stream, one JSON object a line.

A test that started and never ended (a crash, or ended by the time limit) has failed, and so has a run
that ended with a non-zero STATUS though no test failed, or that ran no test at all.
"""
import json
import sys


def main():
    path, status = sys.argv[1], int(sys.argv[2])
    functions, started, ended, skipped, failed = set(), set(), set(), set(), {}
    outside = 0
    try:
        stream = open(path, encoding="utf-8", errors="replace")
    except OSError:
        stream = []
    for line in stream:
        try:
            record = json.loads(line)
        except ValueError:
            continue  # the last line of a crashed run can be half a line
        payload = record["payload"]
        if record["kind"] == "test":
            if payload["kind"] == "function":
                functions.add(payload["id"])
            continue
        kind, test = payload["kind"], payload.get("testID")
        if kind == "testStarted":
            started.add(test)
        elif kind == "testEnded":
            ended.add(test)
        elif kind in ("testSkipped", "testCancelled"):
            skipped.add(test)
        elif kind == "issueRecorded":
            issue = payload["issue"]
            if issue.get("isKnown") or issue.get("severity", issue.get("_severity")) == "warning":
                continue
            place = issue.get("sourceLocation") or {}
            said = " ".join(message.get("text", "") for message in payload.get("messages", []))
            failed.setdefault(test, f"{place.get('_filePath', place.get('fileID', '?'))}:{place.get('line', '?')}: {said}")

    unfinished = (started - ended - skipped) & functions
    for test in unfinished:
        failed.setdefault(test, "did not end")
    # An issue outside of a test function (in a suite's set-up, or in no test) is a failure of its own.
    outside = sum(1 for test in failed if test not in functions)
    failures = sum(1 for test in failed if test in functions) + outside
    skips = len((skipped & functions) - set(failed))
    passed = len((ended & functions) - skipped - set(failed))
    for test, place in sorted(failed.items(), key=str):
        print(f"failed: {test} ({place})")
    if not failures and status:
        print(f"failed: the test run ended with status {status} though no test failed")
        failures = 1
    elif not passed + failures + skips:
        print("failed: no test ran")
        failures = 1
    print(f"{passed} passed, {failures} failed, {skips} skipped")


main()
