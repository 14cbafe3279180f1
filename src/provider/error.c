/*-------------------------------------------------------------------------
 *
 * error.c
 *		What an error of a provider means: stop, wait, try again, or ask
 *		otherwise.
 *
 * One classification for all dialects, because gateways answer in each
 * other's forms.  Statuses and codes decide; the text only where a provider
 * gives nothing else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "provider/adapter.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define MAX_MESSAGE		300
#define MAX_CODE		100

/* Quotas by day end at midnight in California: 8:00 UTC, or an hour before. */
#define QUOTA_HOUR		8

/* What is read from a body, in the scratch context. */
typedef struct Fault
{
	int			status;
	const char *type;			/* error.type, error.status; "" if none */
	const char *code;
	const char *detail;			/* a finer code, a reason */
	const char *message;
	size_t		message_length;
	const char *parameter;
	JsonNode   *details;		/* Google's list */
} Fault;

/* ---- reading bodies ---- */

JsonNode *
error_unwrap(JsonNode *root)
{
	if (json_kind(root) == JSON_KIND_ARRAY && json_length(root) > 0)
		return json_item(root, 0);
	return root;
}

/* Whether an object is an error, in one of the forms that there are. */
bool
error_in(const JsonNode *root)
{
	JsonKind	kind = json_kind(json_get(root, "error"));
	const char *object = json_text(json_get(root, "object"));

	if (object != NULL && strcmp(object, "error") == 0)
		return true;
	return kind == JSON_KIND_OBJECT || kind == JSON_KIND_STRING;
}

/* "" for what is neither text nor number. */
static const char *
text_of(const JsonNode *node)
{
	JsonKind	kind = json_kind(node);

	if (kind == JSON_KIND_STRING)
		return json_text(node);
	return kind == JSON_KIND_INTEGER ? json_scalar_text(node) : "";
}

static void
read_message(Fault *fault, const JsonNode *node)
{
	if (fault->message == NULL && json_text_length(node) > 0)
	{
		fault->message = json_text(node);
		fault->message_length = json_text_length(node);
	}
}

/* {"detail": "…"} or {"detail": [{"loc": ["body", "store"], "msg": …, "type": …}]} */
static void
read_detail(Fault *fault, const JsonNode *detail)
{
	JsonNode   *first = json_item(detail, 0);
	JsonNode   *place = json_get(first, "loc");

	read_message(fault, detail);
	if (json_kind(first) != JSON_KIND_OBJECT)
		return;
	read_message(fault, json_get(first, "msg"));
	fault->code = text_of(json_get(first, "type"));
	fault->parameter = text_of(json_item(place, json_length(place) > 1 ? 1 : 0));
}

/* Google's details: an ErrorInfo has the reason. */
static void
read_google_details(Fault *fault)
{
	for (size_t i = 0; i < json_length(fault->details); i++)
	{
		const char *reason = text_of(json_get(json_item(fault->details, i), "reason"));

		if (reason[0] != '\0')
			fault->detail = reason;
	}
}

static void
read_error(Fault *fault, const JsonNode *error)
{
	JsonNode   *code = json_get(error, "code");
	JsonNode   *details = json_get(error, "details");

	fault->type = text_of(json_get(error, "type"));
	if (fault->type[0] == '\0')
		fault->type = text_of(json_get(error, "status"));
	fault->code = text_of(code);
	fault->parameter = text_of(json_get(error, "param"));
	read_message(fault, json_get(error, "message"));
	read_message(fault, json_get(error, "Message"));
	if (json_kind(details) == JSON_KIND_ARRAY)
	{
		fault->details = details;
		read_google_details(fault);
	}
	else
		fault->detail = text_of(json_get(details, "error_code"));
	if (fault->detail[0] == '\0')
		fault->detail = text_of(json_path(error, "innererror.code"));
	if (json_kind(code) == JSON_KIND_INTEGER && (fault->status == 0 || fault->status == 200))
		fault->status = Max(0, Min(json_int(code, 0), 999));
}

static void
read_fault(Fault *fault, const char *body, size_t length)
{
	const char *problem;
	JsonNode   *root = error_unwrap(json_read(body, length, &problem));
	JsonNode   *error = json_get(root, "error");

	if (json_kind(root) == JSON_KIND_OBJECT)
	{
		read_message(fault, error);
		read_error(fault, json_kind(error) == JSON_KIND_OBJECT ? error : root);
		read_detail(fault, json_get(root, "detail"));
		read_detail(fault, json_path(root, "message.detail"));	/* Mistral's */
		read_message(fault, json_get(root, "message"));
	}
	else if (length > 0 && memchr(body, '<', Min(length, 200)) == NULL)
	{
		fault->message = body;
		fault->message_length = length;
	}
}

/* ---- words and codes ---- */

static bool
is_one_of(const char *text, const char *const *list)
{
	for (; *list != NULL; list++)
	{
		if (strcmp(text, *list) == 0)
			return true;
	}
	return false;
}

static bool
code_is(const Fault *fault, const char *const *list)
{
	return is_one_of(fault->code, list) || is_one_of(fault->type, list) ||
		is_one_of(fault->detail, list);
}

/* Where in the message some words are, in any case. */
static bool
mentions(const Fault *fault, const char *words)
{
	size_t		size = strlen(words);

	for (size_t i = 0; i + size <= fault->message_length; i++)
	{
		if (pg_strncasecmp(fault->message + i, words, size) == 0)
			return true;
	}
	return false;
}

static bool
mentions_one_of(const Fault *fault, const char *const *list)
{
	for (; *list != NULL; list++)
	{
		if (mentions(fault, *list))
			return true;
	}
	return false;
}

/* Google's details: does a quota by day stand in them? */
static bool
daily_quota(const Fault *fault)
{
	for (size_t i = 0; i < json_length(fault->details); i++)
	{
		JsonNode   *violations = json_get(json_item(fault->details, i), "violations");

		for (size_t j = 0; j < json_length(violations); j++)
		{
			if (strstr(text_of(json_get(json_item(violations, j), "quotaId")), "PerDay") != NULL)
				return true;
		}
	}
	return false;
}

static bool
is_quota(const Fault *fault)
{
	static const char *const codes[] = {
		"insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
		"project_spend_limit_exceeded", "organization_usage_limit_exceeded",
		"billing_hard_limit_reached", "enforced_spend_limit_reached",
		"contract_spend_limit_reached", "linked_organization_spend_limit_reached", NULL
	};
	static const char *const words[] = {
		"credit balance is too low", "specified API usage limits", NULL
	};

	return code_is(fault, codes) || daily_quota(fault) ||
		(fault->status == 400 && mentions_one_of(fault, words));
}

static bool
is_too_big(const Fault *fault)
{
	static const char *const codes[] = {
		"context_length_exceeded", "request_too_large", "exceed_context_size_error", NULL
	};
	static const char *const words[] = {
		"prompt is too long", "maximum context length", "exceeds the context",
		"exceeds the available context", "exceeds the maximum number of tokens",
		"Request too large", NULL
	};

	return fault->status == 413 || code_is(fault, codes) ||
		((fault->status == 400 || fault->status == 422 || fault->status == 429) &&
		 mentions_one_of(fault, words));
}

static bool
is_config(const Fault *fault)
{
	static const char *const codes[] = {
		"model_decommissioned", "model_not_found", "invalid_api_key", "API_KEY_INVALID",
		"FAILED_PRECONDITION", "authentication_error", "permission_error", "billing_error",
		"not_found_error", NULL
	};
	static const char *const words[] = {"API key not valid", "API key expired", NULL};

	if (fault->status >= 300 && fault->status < 400)
		return true;			/* a redirect is not followed */
	if (fault->status >= 401 && fault->status <= 404)
		return true;
	return fault->status == 407 || fault->status == 410 || code_is(fault, codes) ||
		(fault->status == 400 && mentions_one_of(fault, words));
}

static bool
is_rate(const Fault *fault)
{
	static const char *const codes[] = {
		"rate_limit_exceeded", "rate_limit_error", "ThrottlingException", "RESOURCE_EXHAUSTED",
		"capacity_exceeded", NULL
	};

	return fault->status == 429 || fault->status == 498 || code_is(fault, codes) ||
		(fault->status == 503 && mentions(fault, "slow down"));
}

static bool
is_transient(const Fault *fault)
{
	static const char *const codes[] = {
		"server_error", "api_error", "overloaded_error", "timeout_error", "conflict_error",
		"json_validate_failed", "unavailable_error", NULL
	};

	return fault->status < 300 || fault->status == 408 || fault->status == 409 ||
		fault->status == 425 || fault->status == 499 || fault->status >= 500 ||
		code_is(fault, codes);
}

/* ---- requests that are refused ---- */

static bool
refuses_something(const Fault *fault)
{
	return fault->status == 400 || fault->status == 422;
}

/* The schema is blamed, or the field that holds it. */
static bool
is_bad_schema(const Fault *fault)
{
	static const char *const words[] = {
		"schema", "response_format", "responseformat", "response format", "output_config",
		"response_mime_type", "responsemimetype", "json_object", "json mode", "tool_choice",
		"grammar", NULL
	};

	if (!refuses_something(fault))
		return false;
	return strncmp(fault->parameter, "response_format", strlen("response_format")) == 0 ||
		strncmp(fault->parameter, "output_config.format", strlen("output_config.format")) == 0 ||
		mentions_one_of(fault, words);
}

/*
 * Parameters as servers call them, and as the adapters do; the longer names
 * first, for they are looked for in messages.
 */
static const struct
{
	const char *said;
	const char *sent;
}			parameters[] = {
	{"max_completion_tokens", "max_completion_tokens"},
	{"max_tokens", "max_tokens"},
	{"reasoning_effort", "reasoning_effort"},
	{"include_obfuscation", "stream_options"},
	{"include_usage", "stream_options"},
	{"stream_options", "stream_options"},
	{"thinking_budget", "thinkingBudget"},
	{"thinkingbudget", "thinkingBudget"},
	{"thinking budget", "thinkingBudget"},
	{"thinking_level", "thinkingLevel"},
	{"thinkinglevel", "thinkingLevel"},
	{"thinking level", "thinkingLevel"},
	{"thinking_config", "thinkingConfig"},
	{"thinkingconfig", "thinkingConfig"},
	{"thinking", "thinking"},
	{"temperature", "temperature"},
	{"random_seed", "random_seed"},
	{"seed", "seed"},
	{"effort", "effort"},
	{"store", "store"}
};

/* The parameter that a server refuses, or NULL. */
static const char *
refused_parameter(const Fault *fault)
{
	static const char *const codes[] = {
		"unsupported_parameter", "unsupported_value", "unknown_parameter", "extra_forbidden", NULL
	};
	static const char *const words[] = {
		"not support", "unsupported", "deprecated", "not permitted", "unknown name",
		"unrecognized", "unknown parameter", "unknown field", "unexpected keyword",
		"extra inputs", "not allowed", "only the default", NULL
	};
	bool		known = code_is(fault, codes);

	if (!refuses_something(fault) || (!known && !mentions_one_of(fault, words)))
		return NULL;
	if (fault->parameter[0] != '\0' && strncmp(fault->parameter, "messages", 8) != 0)
	{
		for (int i = 0; i < lengthof(parameters); i++)
		{
			if (pg_strcasecmp(fault->parameter, parameters[i].said) == 0)
				return parameters[i].sent;
		}
		return fault->parameter;
	}
	for (int i = 0; i < lengthof(parameters); i++)
	{
		if (mentions(fault, parameters[i].said))
			return parameters[i].sent;
	}
	return NULL;
}

/* A blocked prompt; Azure has it as an error. */
static bool
is_filtered(const Fault *fault)
{
	static const char *const codes[] = {
		"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation", NULL
	};

	return fault->status == 400 && code_is(fault, codes);
}

/* ---- all together ---- */

/* Within a stream the status is 200; the type tells which it would have been. */
static int
status_of_type(const Fault *fault)
{
	static const struct
	{
		const char *type;
		int			status;
	}			types[] = {
		{"invalid_request_error", 400}, {"INVALID_ARGUMENT", 400},
		{"authentication_error", 401}, {"billing_error", 402},
		{"permission_error", 403}, {"PERMISSION_DENIED", 403},
		{"not_found_error", 404}, {"NOT_FOUND", 404}, {"request_too_large", 413},
		{"rate_limit_error", 429}, {"rate_limit_exceeded", 429},
		{"RESOURCE_EXHAUSTED", 429}, {"api_error", 500},
		{"server_error", 500}, {"INTERNAL", 500}, {"UNAVAILABLE", 503},
		{"DEADLINE_EXCEEDED", 504}, {"timeout_error", 504}, {"overloaded_error", 529}
	};

	for (int i = 0; i < lengthof(types); i++)
	{
		if (strcmp(fault->type, types[i].type) == 0 || strcmp(fault->code, types[i].type) == 0)
			return types[i].status;
	}
	return fault->status;
}

static ErrorClass
class_of_fault(const Fault *fault)
{
	if (is_quota(fault))
		return ERROR_QUOTA;
	if (is_too_big(fault))
		return ERROR_TOO_BIG;
	if (is_config(fault))
		return ERROR_CONFIG;
	if (is_rate(fault))
		return ERROR_RATE;
	if (is_transient(fault))
		return ERROR_TRANSIENT;
	if (is_filtered(fault))
		return ERROR_BAD_REQUEST;
	if (is_bad_schema(fault))
		return ERROR_BAD_SCHEMA;
	return refused_parameter(fault) ? ERROR_BAD_PARAM : ERROR_BAD_REQUEST;
}

/* Some servers say themselves whether trying again makes sense. */
static ErrorClass
heed_server(ErrorClass class, const char *should_retry)
{
	if (should_retry == NULL)
		return class;
	if (strcmp(should_retry, "false") == 0)
	{
		/* A limit that no waiting lifts is a quota. */
		if (class == ERROR_RATE)
			return ERROR_QUOTA;
		return class == ERROR_TRANSIENT ? ERROR_BAD_REQUEST : class;
	}
	if (strcmp(should_retry, "true") == 0 && class == ERROR_BAD_REQUEST)
		return ERROR_TRANSIENT;
	return class;
}

/* Google's RetryInfo, or the same in words. */
static double
wait_in_fault(const Fault *fault)
{
	static const char words[] = "retry in ";

	for (size_t i = 0; i < json_length(fault->details); i++)
	{
		const char *delay = json_text(json_get(json_item(fault->details, i), "retryDelay"));

		if (delay != NULL)
			return wait_duration(delay);
	}
	for (size_t i = 0; i + strlen(words) < fault->message_length; i++)
	{
		const char *at = fault->message + i;
		size_t		left = fault->message_length - i - strlen(words);
		char	   *duration;

		if (pg_strncasecmp(at, words, strlen(words)) != 0)
			continue;
		at += strlen(words);
		duration = pnstrdup(at, Min(left, 30));
		duration[strspn(duration, "0123456789.hms")] = '\0';
		if (duration[0] != '\0' && duration[strlen(duration) - 1] == '.')
			duration[strlen(duration) - 1] = '\0';
		return wait_duration(duration);
	}
	return -1;
}

static double
wait_for_day(void)
{
	int64		seconds = GetCurrentTimestamp() / USECS_PER_SEC;
	int64		of_day = (seconds % SECS_PER_DAY + SECS_PER_DAY) % SECS_PER_DAY;

	return (QUOTA_HOUR * SECS_PER_HOUR - of_day + SECS_PER_DAY - 1) % SECS_PER_DAY + 1;
}

static double
find_wait(const Fault *fault, HeaderLookup lookup, void *headers)
{
	double		wait;

	if (daily_quota(fault))
		return wait_for_day();
	wait = wait_in_fault(fault);
	return wait >= 0 ? wait : wait_from_headers(lookup, headers);
}

/* The finest code that there is. */
static const char *
best_code(const Fault *fault)
{
	if (is_filtered(fault))
		return "content_filter";
	if (fault->detail[0] != '\0')
		return fault->detail;
	/* A number says no more than the status. */
	if (fault->code[0] != '\0' && strspn(fault->code, "0123456789") < strlen(fault->code))
		return fault->code;
	return fault->type[0] != '\0' ? fault->type : NULL;
}

static void
read_headers(Fault *fault, HeaderLookup lookup, void *headers)
{
	const char *type = lookup ? lookup(headers, "x-amzn-errortype") : NULL;

	/* "ThrottlingException:http://…" */
	if (type != NULL && fault->code[0] == '\0')
		fault->code = pnstrdup(type, strcspn(type, ":"));
}

static char *
clean_or_null(const char *text)
{
	return text == NULL || text[0] == '\0' ? NULL : error_text(text, strlen(text), MAX_CODE);
}

static void
fill_error(const Fault *fault, HeaderLookup lookup, void *headers, ProviderError *error)
{
	error->class = heed_server(class_of_fault(fault),
							   lookup ? lookup(headers, "x-should-retry") : NULL);
	error->status = fault->status;
	error->wait_seconds = find_wait(fault, lookup, headers);
	error->code = clean_or_null(best_code(fault));
	error->parameter = NULL;
	if (error->class == ERROR_BAD_PARAM)
		error->parameter = clean_or_null(refused_parameter(fault));
	if (fault->message != NULL)
		error->message = error_text(fault->message, fault->message_length, MAX_MESSAGE);
	if (fault->message == NULL || error->message[strspn(error->message, " ")] == '\0')
		error->message = psprintf("HTTP status %d", fault->status);
}

/* Strings are palloc'd in the current context, what was parsed is freed. */
void
error_classify(int status, HeaderLookup lookup, void *headers,
			   const char *body, size_t length, ProviderError *error)
{
	MemoryContext keep = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(keep, "synthik error", ALLOCSET_SMALL_SIZES);
	Fault		fault = {.status = status, .type = "", .code = "", .detail = "", .parameter = ""};

	MemoryContextSwitchTo(scratch);
	read_fault(&fault, body, length);
	read_headers(&fault, lookup, headers);
	if (fault.status == 0 || fault.status == 200)
		fault.status = status_of_type(&fault);
	fill_error(&fault, lookup, headers, error);
	MemoryContextSwitchTo(keep);
	error->message = pstrdup(error->message);
	error->code = error->code ? pstrdup(error->code) : NULL;
	error->parameter = error->parameter ? pstrdup(error->parameter) : NULL;
	MemoryContextDelete(scratch);
}
