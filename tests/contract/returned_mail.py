"""Email that comes back, as mail servers write it."""

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example.org (Mail Delivery System)
To: planwatch@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

<{recipient}>: the words for a person, which nobody reads.
Action: failed
Message-ID: <{decoy}@example.org>

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
X-Postfix-Sender: rfc822; planwatch@example.org

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--B
Content-Type: {kind}

From: planwatch@example.org
To: {recipient}
Subject: what it was about
Message-ID: <{outside_id}@example.org>

--B--
"""
EXIM = """\
Return-Path: <>
X-Failed-Recipients: {recipient}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mail.example.org>
To: planwatch@example.org
References: <{outside_id}@example.org>
Subject: Mail delivery failed: returning message to sender

Words for a person.
"""
OUT_OF_OFFICE = """\
From: {recipient}
To: planwatch@example.org
Subject: Automatic reply
Auto-Submitted: auto-replied
X-Failed-Recipients: {recipient}
In-Reply-To: <{outside_id}@example.org>
References: <{outside_id}@example.org>

I am away. Action: failed
"""
READ = REPORT.replace("report-type=delivery-status", "report-type=disposition-notification")
FEEDBACK = REPORT.replace("report-type=delivery-status", "report-type=feedback-report")
DECOY = "d" * 32


def report(outside_id: str, recipient: str, action: str = "failed", status: str = "5.1.1", **also: str) -> bytes:
    """A delivery status notification; `kind` is how it returns the message."""
    return written(REPORT, outside_id, recipient, action=action, status=status, **also)


def written(template: str, outside_id: str, recipient: str, **also: str) -> bytes:
    """One of these, about a message."""
    usual = {"action": "failed", "status": "5.1.1", "kind": "message/rfc822", "decoy": DECOY}
    return template.format(outside_id=outside_id, recipient=recipient, **usual | also).encode()
