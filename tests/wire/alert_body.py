# SPDX-License-Identifier: MIT
"""alert_body.py - webhook bodies as Alertmanager 0.25 sends them"""
import json


def webhook(name, status="firing", severity="critical"):
    labels = {"alertname": name, "severity": severity}
    notes = {"summary": f"{name}: disk 97 % on /var"}
    return json.dumps({
        "version": "4", "groupKey": '{}:{alertname="%s"}' % name,
        "status": status, "receiver": "ops", "truncatedAlerts": 0,
        "groupLabels": {"alertname": name}, "commonLabels": labels,
        "commonAnnotations": notes, "externalURL": "http://am.example",
        "alerts": [{
            "status": status, "labels": dict(labels, instance="db1"),
            "annotations": notes, "startsAt": "2026-11-22T10:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z" if status == "firing"
                      else "2026-11-22T10:05:00Z",
            "generatorURL": "", "fingerprint": ""}]})
