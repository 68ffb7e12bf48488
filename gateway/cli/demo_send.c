/* SPDX-License-Identifier: MIT */
/* demo_send.c - one SMTP transaction, one POST */
#include "gateway/cli/demo_send.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/when.h"
#include "gateway/cli/table.h"
#include "gateway/run/json.h"

#define WITHIN_SECONDS 20L
#define NEVER	       "0001-01-01T00:00:00Z"

static size_t on_upload(char *to, size_t size, size_t n, void *arg)
{
	struct str *rest = arg;
	size_t take = size * n < rest->n ? size * n : rest->n;

	memcpy(to, rest->p, take);
	*rest = str_make(rest->p + take, rest->n - take);
	return take;
}

static size_t on_answer(char *p, size_t size, size_t n, void *arg)
{
	struct buf *b = arg;

	if (b->len < 4096)
		buf_add(b, p, size * n);
	return size * n;
}

static void set_common(CURL *h, const char *url, char *error)
{
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT, WITHIN_SECONDS);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error);
}

static void write_mail(const struct demo_mail *m, struct buf *out)
{
	char date[WHEN_TEXT_MAX];

	buf_printf(out,
		   "Date: %s\r\nFrom: <%s>\r\nTo: <%s>\r\n"
		   "Message-ID: <%s>\r\nSubject: %s\r\n"
		   "MIME-Version: 1.0\r\n"
		   "Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n",
		   when_rfc5322(table_now(), date), m->from, m->to,
		   m->message_id, m->subject, m->body);
}

enum gw_err demo_send_mail(const struct demo_mail *m, struct err_note *note)
{
	CURL *h = curl_easy_init();
	char error[CURL_ERROR_SIZE] = "";
	char url[300], from[300], to[300];
	struct buf text = { .data = NULL };
	struct curl_slist *rcpt;
	struct str rest;
	long reply = 0;
	CURLcode code;

	snprintf(url, sizeof(url), "smtp://%s/demonstration.invalid", m->smtp);
	snprintf(from, sizeof(from), "<%s>", m->from);
	snprintf(to, sizeof(to), "<%s>", m->to);
	write_mail(m, &text);
	rest = buf_str(&text);
	rcpt = curl_slist_append(NULL, to);
	set_common(h, url, error);
	curl_easy_setopt(h, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT, rcpt);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, on_upload);
	curl_easy_setopt(h, CURLOPT_READDATA, &rest);
	curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(h, CURLOPT_USE_SSL, (long)CURLUSESSL_NONE);
	code = curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &reply);
	curl_slist_free_all(rcpt);
	curl_easy_cleanup(h);
	buf_fini(&text);
	if (code == CURLE_OK)
		return GW_OK;
	return err_say(note, GW_UNAVAIL, "SMTP to %s: %s (reply %ld)", m->smtp,
		       *error != '\0' ? error : curl_easy_strerror(code),
		       reply);
}

static void write_labels(struct json_out *o, const char *key,
			 const struct demo_alert *d, bool all)
{
	json_out_object(o, key);
	json_out_text(o, "alertname", d->name);
	json_out_text(o, "instance", d->run);
	if (all)
		json_out_text(o, "severity", "critical");
	json_out_end_object(o);
}

static void write_annotations(struct json_out *o, const char *key)
{
	json_out_object(o, key);
	json_out_text(o, "summary", "Demonstration: the disk of db1 is full");
	json_out_text(o, "description", "Free some space on db1.");
	json_out_end_object(o);
}

static void write_webhook(const struct demo_alert *d, struct buf *out)
{
	const char *status = d->resolved ? "resolved" : "firing";
	char start[WHEN_TEXT_MAX], end[WHEN_TEXT_MAX];
	struct json_out o;

	when_rfc3339(d->starts_at, start);
	when_rfc3339(table_now(), end);
	json_out_init(&o, out);
	json_out_object(&o, NULL);
	json_out_text(&o, "receiver", "muster");
	json_out_text(&o, "status", status);
	json_out_array(&o, "alerts");
	json_out_object(&o, NULL);
	json_out_text(&o, "status", status);
	write_labels(&o, "labels", d, true);
	write_annotations(&o, "annotations");
	json_out_text(&o, "startsAt", start);
	json_out_text(&o, "endsAt", d->resolved ? end : NEVER);
	json_out_text(&o, "generatorURL", "http://prometheus.invalid/graph");
	json_out_end_object(&o);
	json_out_end_array(&o);
	write_labels(&o, "groupLabels", d, false);
	write_labels(&o, "commonLabels", d, true);
	write_annotations(&o, "commonAnnotations");
	json_out_text(&o, "externalURL", "http://alertmanager.invalid");
	json_out_text(&o, "version", "4");
	json_out_text(&o, "groupKey", d->run);
	json_out_int(&o, "truncatedAlerts", 0);
	json_out_end_object(&o);
}

enum gw_err demo_send_alert(const struct demo_alert *d, struct err_note *note)
{
	CURL *h = curl_easy_init();
	char error[CURL_ERROR_SIZE] = "";
	struct buf body = { .data = NULL };
	struct buf answer = { .data = NULL };
	struct curl_slist *headers;
	long status = 0;
	CURLcode code;

	write_webhook(d, &body);
	headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (*d->token != '\0') {
		char line[600];

		snprintf(line, sizeof(line), "Authorization: Bearer %s",
			 d->token);
		headers = curl_slist_append(headers, line);
	}
	set_common(h, d->url, error);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "Alertmanager/0.25.0");
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, buf_str(&body).p);
	curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &answer);
	code = curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(h);
	buf_fini(&body);
	if (code != CURLE_OK)
		err_say(note, GW_UNAVAIL, "POST %s: %s", d->url,
			*error != '\0' ? error : curl_easy_strerror(code));
	else if (status / 100 != 2)
		err_say(note, GW_UNAVAIL, "POST %s: HTTP %ld " STR_FMT, d->url,
			status, STR_ARG(buf_str(&answer)));
	buf_fini(&answer);
	return code == CURLE_OK && status / 100 == 2 ? GW_OK : GW_UNAVAIL;
}
