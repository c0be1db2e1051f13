#!/usr/bin/env python3
"""Stands in for the scheduler and a kubelet of one cluster (as KWOK does). Standard library only.

- keeps one Node (Ready); binds every pod that has no node; marks bound pods Running and Ready; ends deleted pods
- pods with restartPolicy other than Always end as Succeeded (Jobs complete)
- pod annotation fake-kubelet/state: "pending" (bound, never ready), "unready" (Running, not Ready),
  "failed" (phase Failed), or any other word (container waiting with that word as the reason, e.g. ImagePullBackOff)
"""
import argparse
import http.client
import json
import ssl
import time
from datetime import datetime, timezone

parser = argparse.ArgumentParser()
parser.add_argument("--server", required=True, help="https://HOST:PORT")
parser.add_argument("--ca", required=True, help="file with the server's certificate authority")
parser.add_argument("--token", required=True)
parser.add_argument("--node", default="fake-0")
options = parser.parse_args()
NODE = options.node
HOST = options.server.removeprefix("https://")
CTX = ssl.create_default_context(cafile=options.ca)
AUTH = {"Authorization": "Bearer " + options.token}
POD_IP = [0]
conn = None


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def call(method, path, body=None, ctype="application/json"):
    """One request on the kept connection; a fresh connection once if the old one has gone."""
    global conn
    for attempt in (0, 1):
        try:
            conn = conn or http.client.HTTPSConnection(HOST, context=CTX, timeout=30)
            conn.request(method, path, json.dumps(body) if body is not None else None, AUTH | {"Content-Type": ctype})
            r = conn.getresponse()
            return r.status, json.loads(r.read() or b"{}")
        except (OSError, http.client.HTTPException):
            conn = None
            if attempt:
                raise


def ensure_node():
    call("POST", "/api/v1/nodes", {"kind": "Node", "apiVersion": "v1", "metadata": {"name": NODE, "labels": {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"}}})
    res = {"cpu": "64", "memory": "256Gi", "pods": "10000"}
    call("PATCH", f"/api/v1/nodes/{NODE}/status", {"status": {"capacity": res, "allocatable": res, "conditions": [
        {"type": "Ready", "status": "True", "reason": "FakeKubeletReady", "message": "", "lastHeartbeatTime": now(), "lastTransitionTime": now()}]}},
        "application/strategic-merge-patch+json")


def status_of(pod):
    state = pod["metadata"].get("annotations", {}).get("fake-kubelet/state", "")
    old = pod.get("status", {})
    names = pod["spec"]["containers"]
    start = old.get("startTime") or now()
    done = not state and pod["spec"].get("restartPolicy", "Always") != "Always"
    phase = "Succeeded" if done else {"": "Running", "unready": "Running", "failed": "Failed"}.get(state, "Pending")
    ready = phase == "Running" and state == ""
    if done:
        cs = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": start, "finishedAt": now()}}
    elif phase == "Failed":
        cs = {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": start, "finishedAt": now()}}
    elif phase == "Running":
        cs = {"running": {"startedAt": start}}
    else:
        cs = {"waiting": {"reason": "ContainerCreating" if state == "pending" else state}}
    if not old.get("podIP"):
        POD_IP[0] += 1
    ip = old.get("podIP") or f"10.1.{POD_IP[0] // 250 % 250}.{POD_IP[0] % 250 + 1}"
    t = lambda b: "True" if b else "False"
    return {"phase": phase, "startTime": start, "hostIP": "10.0.255.1", "podIP": ip, "podIPs": [{"ip": ip}],
            "conditions": [{"type": k, "status": t(v), "lastTransitionTime": now()} for k, v in
                           (("Initialized", True), ("Ready", ready), ("ContainersReady", ready), ("PodScheduled", True))],
            "containerStatuses": [{"name": c["name"], "image": c["image"], "imageID": "", "containerID": "fake://" + c["name"], "ready": ready,
                                   "started": phase == "Running", "restartCount": 0, "state": cs} for c in names]}


seen = {}  # uid -> what was done for it


def handle(pod):
    m = pod["metadata"]
    path = f"/api/v1/namespaces/{m['namespace']}/pods/{m['name']}"
    if m.get("deletionTimestamp"):
        call("DELETE", path, {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0, "preconditions": {"uid": m["uid"]}})
        return
    want = m.get("annotations", {}).get("fake-kubelet/state", "")
    if not pod["spec"].get("nodeName"):
        code, r = call("POST", path + "/binding", {"kind": "Binding", "apiVersion": "v1", "metadata": {"name": m["name"]}, "target": {"kind": "Node", "name": NODE, "apiVersion": "v1"}})
        if code >= 300:
            print(f"bind {path}: {code} {r.get('message')}", flush=True)
        return  # the binding comes back as a MODIFIED event
    if pod["spec"]["nodeName"] != NODE or seen.get(m["uid"]) == want or pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return
    code, r = call("PATCH", path + "/status", {"status": status_of(pod)}, "application/strategic-merge-patch+json")
    if code < 300:
        seen[m["uid"]] = want
    else:
        print(f"status {path}: {code} {r.get('message')}", flush=True)


def main():
    while True:
        try:
            ensure_node()
            _, lst = call("GET", "/api/v1/pods")
            for p in lst["items"]:
                handle(p)
            w = http.client.HTTPSConnection(HOST, context=CTX, timeout=330)
            w.request("GET", f"/api/v1/pods?watch=1&timeoutSeconds=300&resourceVersion={lst['metadata']['resourceVersion']}", headers=AUTH)
            for line in w.getresponse():
                e = json.loads(line)
                if e["type"] == "ERROR":
                    break
                if e["type"] == "DELETED":
                    seen.pop(e["object"]["metadata"]["uid"], None)
                else:
                    handle(e["object"])
        except (OSError, KeyError, ValueError, http.client.HTTPException) as x:
            print("retry:", repr(x), flush=True)
            time.sleep(0.5)


main()
