#!/usr/bin/env python3
"""What providers accept, and what they refuse with an error 400.

openai(body), gemini(body, path) and anthropic(body) raise Broken for a
request that the provider of that dialect would refuse: fields that it does
not know or a model does not take, values out of range, and schemas outside
its subset of JSON Schema.  The rules are written from the providers' own
descriptions and know nothing of synthik's adapters.

    rules.py FOLDER     checks the requests in test/fixtures/provider, and that
                        what breaks a rule is found; prints TAP
"""
import glob
import json
import os
import re
import sys


class Broken(Exception):
    def __init__(self, message, param=None, code=None):
        super().__init__(message)
        self.message, self.param, self.code = message, param, code


def need(fine, message, param=None, code=None):
    if not fine:
        raise Broken(message, param, code)


def is_int(value, low=None, high=None):
    return (isinstance(value, int) and not isinstance(value, bool) and
            (low is None or value >= low) and (high is None or value <= high))


def is_number(value, low, high):
    return (isinstance(value, (int, float)) and not isinstance(value, bool) and
            low <= value <= high)


def need_fields(given, known, what):
    need(isinstance(given, dict), "%s: not an object" % what)
    for field in given:
        need(field in known, what % field if "%s" in what else "%s: unknown field %s" % (what, field),
             field, "unknown_parameter")


# ---- schemas ---------------------------------------------------------------

TYPES = {"string", "number", "integer", "boolean", "object", "array", "null"}
TIMES = {"date-time", "date", "time"}

LOOKAROUND = re.compile(r"\(\?(?:[=!]|<[=!])")
NOT_SIMPLE = re.compile(r"\(\?(?!:)|\\[1-9bB]")


class Subset:
    """Rules for the schemas of one kind of structured output."""
    keywords = set()
    formats = TIMES
    types = TYPES
    closed = False          # objects have additionalProperties: false
    all_required = False
    fail = staticmethod(lambda message: Broken("Invalid schema: " + message))

    def __init__(self, root):
        self.root = root
        self.properties = self.optional = self.unions = self.values = self.characters = 0
        self.node(root, "", 1)
        self.whole()

    def need(self, fine, message):
        if not fine:
            raise self.fail(message)

    def types_of(self, schema):
        given = schema.get("type", [])
        return given if isinstance(given, list) else [given]

    def node(self, schema, path, depth):
        self.need(isinstance(schema, dict), "%s is not a schema" % path)
        for keyword in schema:
            self.need(keyword in self.keywords, "In context=%s, '%s' is not permitted" % (path, keyword))
        for name in self.types_of(schema):
            self.need(name in self.types, "%s: unknown type %s" % (path, name))
        self.need("format" not in schema or schema["format"] in self.formats,
                  "%s: '%s' is not a supported format" % (path, schema.get("format")))
        self.need(not schema.get("required") or
                  set(schema["required"]) <= set(schema.get("properties", {})),
                  "%s: 'required' names what is no property" % path)
        self.need("enum" not in schema or schema["enum"], "%s: an empty enum" % path)
        if "object" in [name.lower() for name in self.types_of(schema)]:
            self.object(schema, path)
        self.own(schema, path, depth)
        self.below(schema, path, depth)

    def object(self, schema, path):
        names = set(schema.get("properties", {}))
        optional = names - set(schema.get("required", []))
        self.properties += len(names)
        self.optional += len(optional)
        self.characters += sum(map(len, names))
        self.need(not self.closed or schema.get("additionalProperties") is False,
                  "%s: 'additionalProperties' is required to be supplied and to be false" % path)
        self.need(not self.all_required or not optional,
                  "%s: 'required' must have every key: %s" % (path, ", ".join(sorted(optional))))

    def below(self, schema, path, depth):
        for name, part in schema.get("properties", {}).items():
            self.node(part, path + "." + name, depth + 1)
        for name, part in schema.get("$defs", {}).items():
            self.characters += len(name)
            self.node(part, path + "." + name, depth)
        if "items" in schema:
            self.node(schema["items"], path + "[]", depth + 1)
        for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
            for part in schema.get(keyword, []):
                self.node(part, path, depth)

    def own(self, schema, path, depth):
        pass

    def whole(self):
        pass


class OpenAIStrict(Subset):
    keywords = {
        "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf",
        "$defs", "$ref", "description", "pattern", "format", "multipleOf", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"}
    formats = TIMES | {"duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
    closed = all_required = True
    fail = staticmethod(lambda message: Broken(
        "Invalid schema for response_format 'rows': " + message, "response_format"))

    def own(self, schema, path, depth):
        self.need(depth <= 10, "more than 10 levels of nesting")
        self.need("$ref" not in schema or len(schema) == 1, "%s: $ref beside other keys" % path)
        self.need(not LOOKAROUND.search(schema.get("pattern", "")), "%s: lookaround" % path)
        values = schema.get("enum", []) + ([schema["const"]] if "const" in schema else [])
        letters = sum(len(value) for value in values if isinstance(value, str))
        self.values += len(values)
        self.characters += letters
        self.need(len(values) <= 250 or letters <= 15000, "%s: the enum is too long" % path)
        firsts = [next(iter(part["properties"])) for part in schema.get("anyOf", [])
                  if part.get("properties")]
        self.need(len(firsts) == len(set(firsts)), "%s: branches begin with the same key" % path)

    def whole(self):
        self.need(self.root.get("type") == "object" and "anyOf" not in self.root,
                  "schema must be a JSON Schema of 'type: \"object\"'")
        self.need(self.properties <= 5000, "more than 5000 properties")
        self.need(self.values <= 1000, "more than 1000 enum values")
        self.need(self.characters <= 120000, "names and values are too long")


class AnthropicFormat(Subset):
    keywords = {
        "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf",
        "allOf", "$defs", "definitions", "$ref", "description", "default", "pattern", "format",
        "minItems", "title"}
    formats = TIMES | {"duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
    closed = True
    fail = staticmethod(lambda message: Broken("output_config.format.schema: " + message))

    def own(self, schema, path, depth):
        self.need(schema.get("minItems", 0) in (0, 1), "%s: minItems other than 0 and 1" % path)
        self.need(not NOT_SIMPLE.search(schema.get("pattern", "")), "%s: the pattern" % path)
        self.need(schema.get("$ref", "#/").startswith("#/"), "%s: external $ref" % path)
        self.need(not ("allOf" in schema and "$ref" in json.dumps(schema["allOf"])),
                  "%s: allOf with $ref" % path)
        for value in schema.get("enum", []):
            self.need(not isinstance(value, (dict, list)), "%s: enum of other than primitives" % path)
        self.unions += "anyOf" in schema or isinstance(schema.get("type"), list)

    def whole(self):
        self.need(self.unions <= 16, "Schemas contains too many parameters with union types (%d) "
                  "which exceeds the limit: 16" % self.unions)
        self.need(self.optional <= 24, "too many optional parameters")
        self.need('{"$ref": "#"}' not in json.dumps(self.root), "Too many recursive definitions")


class GeminiJson(Subset):
    keywords = {
        "$id", "$defs", "$ref", "$anchor", "type", "format", "title", "description", "enum", "items",
        "prefixItems", "minItems", "maxItems", "minimum", "maximum", "anyOf", "oneOf", "properties",
        "additionalProperties", "required", "propertyOrdering",
        # without effect
        "minLength", "maxLength", "minProperties", "maxProperties", "uniqueItems", "contains"}
    fail = staticmethod(lambda message: Broken(
        "Invalid value at 'generation_config.response_json_schema': " + message))

    def own(self, schema, path, depth):
        self.need("$ref" not in schema or all(key[0] == "$" for key in schema),
                  "%s: $ref beside other keys" % path)
        for value in schema.get("enum", []):
            self.need(isinstance(value, (str, int, float)) and not isinstance(value, bool),
                      "%s: enum of other than strings and numbers" % path)
        need_order(self, schema, path)


class GeminiOpenAPI(Subset):
    keywords = {
        "type", "format", "title", "description", "nullable", "enum", "items", "minItems", "maxItems",
        "minLength", "maxLength", "minProperties", "maxProperties", "properties", "required",
        "propertyOrdering", "anyOf", "minimum", "maximum", "pattern", "default", "example"}
    formats = TIMES | {"enum", "float", "double", "int32", "int64"}
    types = {name for t in TYPES - {"null"} for name in (t, t.upper())}
    fail = staticmethod(lambda message: Broken(
        "Invalid value at 'generation_config.response_schema': " + message))

    def own(self, schema, path, depth):
        self.need(not isinstance(schema.get("type"), list), "%s: a list of types" % path)
        for value in schema.get("enum", []):
            self.need(isinstance(value, str), "%s: enum of other than strings" % path)
        need_order(self, schema, path)


def need_order(subset, schema, path):
    order = schema.get("propertyOrdering")
    subset.need(order is None or sorted(order) == sorted(schema.get("properties", {})),
                "%s: propertyOrdering is not the properties" % path)


# ---- OpenAI ----------------------------------------------------------------

OPENAI_FIELDS = {
    "model", "messages", "response_format", "max_completion_tokens", "max_tokens", "temperature",
    "top_p", "seed", "n", "stop", "frequency_penalty", "presence_penalty", "reasoning_effort",
    "verbosity", "service_tier", "store", "metadata", "prompt_cache_key", "prompt_cache_options",
    "prompt_cache_retention", "safety_identifier", "user", "stream", "stream_options", "logprobs",
    "top_logprobs", "logit_bias", "tools", "tool_choice", "parallel_tool_calls", "prediction",
    "modalities", "audio", "web_search_options"}
SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs")


def openai_thinking(model):
    """None, or (what a request without an effort does, whether it can be switched off)."""
    if re.match(r"o\d", model) or re.match(r"gpt-5(-mini|-nano|-pro)?(-\d{4}-.*)?$", model):
        return "on", False
    if model.endswith(("-pro", "-chat-latest")) and model.startswith(("gpt-5", "gpt-6")):
        return "on", False
    if model.startswith(("gpt-6.1-sol", "gpt-6-astra")):
        return "on", False
    if re.match(r"gpt-5\.[1-4]", model):
        return "none", True
    if re.match(r"gpt-(5\.[5-9]|6)", model):
        return "on", True
    return None


def openai_model(body):
    model = body["model"]
    known = re.match(r"(gpt-[3-6]|o\d)", model)
    thinking = openai_thinking(model)
    effort = body.get("reasoning_effort")
    if not known:
        return
    if thinking is None:
        need(effort is None, "Unrecognized request argument supplied: reasoning_effort")
        return
    need("max_tokens" not in body, "Unsupported parameter: 'max_tokens' is not supported with this "
         "model. Use 'max_completion_tokens' instead.", "max_tokens", "unsupported_parameter")
    need(effort != "none" or thinking[1], "Unsupported value: 'none' is not supported with this model.",
         "reasoning_effort", "unsupported_value")
    need(effort != "minimal" or not model.startswith("gpt-6.1-sol"),
         "Unsupported value: 'minimal' is not supported with this model.",
         "reasoning_effort", "unsupported_value")
    if (effort or thinking[0]) == "none":
        return
    for field in SAMPLING:
        need(field not in body or (field in ("temperature", "top_p") and body[field] == 1),
             "Unsupported value: '%s' does not support %s with this model. Only the default (1) value "
             "is supported." % (field, body.get(field)), field, "unsupported_value")
    need("stop" not in body, "Unsupported parameter: 'stop'", "stop", "unsupported_parameter")


def openai_format(body):
    form = body.get("response_format", {"type": "text"})
    kind = form.get("type")
    need(kind in ("text", "json_object", "json_schema"), "Invalid value: response_format.type",
         "response_format.type")
    if kind == "json_object":
        need("json" in json.dumps(body["messages"]).lower(), "'messages' must contain the word 'json' in "
             "some form, to use 'response_format' of type 'json_object'.", "messages")
    if kind != "json_schema":
        return
    need(not re.match(r"gpt-(3|4-turbo)", body["model"]), "Invalid parameter: 'response_format' of type "
         "'json_schema' is not supported with this model.", "response_format")
    need_fields(form, {"type", "json_schema"}, "response_format")
    named = form["json_schema"]
    need_fields(named, {"name", "description", "schema", "strict"}, "response_format.json_schema")
    need(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", named.get("name", "")),
         "Invalid 'response_format.json_schema.name'", "response_format.json_schema.name")
    need(isinstance(named.get("schema"), dict), "Missing response_format.json_schema.schema",
         "response_format.json_schema.schema")
    if named.get("strict"):
        OpenAIStrict(named["schema"])


def openai(body):
    need_fields(body, OPENAI_FIELDS, "Unrecognized request argument supplied: %s")
    need(isinstance(body.get("model"), str) and body["model"], "you must provide a model parameter",
         "model", "missing_required_parameter")
    need(isinstance(body.get("messages"), list) and body["messages"],
         "Missing required parameter: 'messages'", "messages", "missing_required_parameter")
    for message in body["messages"]:
        need_fields(message, {"role", "content", "name"}, "messages")
        need(message.get("role") in ("system", "developer", "user", "assistant") and
             isinstance(message.get("content"), (str, list)) and message["content"],
             "Invalid value in 'messages'", "messages")
    for field in ("max_tokens", "max_completion_tokens"):
        need(field not in body or is_int(body[field], 1), "Invalid '%s'" % field, field)
    need("max_tokens" not in body or "max_completion_tokens" not in body,
         "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
         "max_tokens")
    for field, low, high in (("temperature", 0, 2), ("top_p", 0, 1), ("frequency_penalty", -2, 2),
                             ("presence_penalty", -2, 2)):
        need(field not in body or is_number(body[field], low, high), "Invalid '%s'" % field, field)
    need("seed" not in body or is_int(body["seed"], -2**63, 2**63 - 1), "Invalid 'seed'", "seed")
    need("n" not in body or is_int(body["n"], 1, 128), "Invalid 'n'", "n")
    need(body.get("reasoning_effort", "low") in ("none", "minimal", "low", "medium", "high", "xhigh",
                                                 "max"), "Invalid value: 'reasoning_effort'",
         "reasoning_effort", "invalid_value")
    for field in ("stream", "store"):
        need(isinstance(body.get(field, True), bool), "Invalid type for '%s'" % field, field)
    if "stream_options" in body:
        need(body.get("stream"), "The 'stream_options' parameter is only allowed when 'stream' is "
             "enabled.", "stream_options")
        need_fields(body["stream_options"], {"include_usage", "include_obfuscation"}, "stream_options")
    openai_model(body)
    openai_format(body)


# ---- Gemini ----------------------------------------------------------------

GEMINI_FIELDS = {
    "contents", "systemInstruction", "generationConfig", "safetySettings", "tools", "toolConfig",
    "cachedContent", "serviceTier", "labels", "store", "continuationToken"}
GEMINI_CONFIG = {
    "temperature", "topP", "topK", "candidateCount", "maxOutputTokens", "stopSequences", "seed",
    "presencePenalty", "frequencyPenalty", "responseMimeType", "responseSchema",
    "responseJsonSchema", "responseFormat", "thinkingConfig"}


def gemini_thinking(config, model):
    thinking = config.get("thinkingConfig", {})
    level, budget = thinking.get("thinkingLevel"), thinking.get("thinkingBudget")
    need_fields(thinking, {"thinkingLevel", "thinkingBudget", "includeThoughts"},
                "Invalid JSON payload received. Unknown name \"%s\" at 'generation_config.thinking_config'")
    need(level in (None, "MINIMAL", "LOW", "MEDIUM", "HIGH"), "Invalid value: thinking_level")
    need(budget is None or is_int(budget, -1), "Invalid value: thinking_budget")
    need(level is None or budget is None, "thinking_budget and thinking_level are exclusive")
    need(level is None or not re.match(r"gemini-(1|2)", model),
         "Thinking level is not supported for this model.")
    need(level != "MINIMAL" or not re.match(r"gemini-(3\.1-pro|3\.7-flash|3\.8-flash)", model),
         "Thinking level MINIMAL is not supported for this model.")
    need(not thinking or not re.match(r"gemini-(1|2\.0)", model),
         "Thinking is not supported for this model.")
    need(budget in (None, -1) or not model.startswith("gemini-2.5-pro") or budget >= 128,
         "The thinking budget %s is invalid. Please choose a value between 128 and 32768." % budget)


def gemini(body, path=""):
    unknown = "Invalid JSON payload received. Unknown name \"%s\""
    model = path.split("models/")[-1].split(":")[0]
    need_fields(body, GEMINI_FIELDS, unknown)
    need(isinstance(body.get("contents"), list) and body["contents"],
         "* GenerateContentRequest.contents: contents is not specified")
    for content in body["contents"] + ([body["systemInstruction"]] if "systemInstruction" in body else []):
        need_fields(content, {"role", "parts"}, unknown)
        need(content.get("role", "user") in ("user", "model"), "Please use a valid role: user, model.")
        need(content.get("parts") and all(part.get("text") for part in content["parts"]),
             "* GenerateContentRequest.contents.parts: must not be empty")
    config = body.get("generationConfig", {})
    need_fields(config, GEMINI_CONFIG, unknown + " at 'generation_config'")
    need("temperature" not in config or is_number(config["temperature"], 0, 2), "Invalid temperature")
    need("seed" not in config or is_int(config["seed"], -2**31, 2**31 - 1), "Invalid seed")
    need("maxOutputTokens" not in config or is_int(config["maxOutputTokens"], 1),
         "Invalid max_output_tokens")
    gemini_thinking(config, model)
    need(not ("responseSchema" in config and "responseJsonSchema" in config),
         "response_schema and response_json_schema are exclusive")
    for field, subset in (("responseSchema", GeminiOpenAPI), ("responseJsonSchema", GeminiJson)):
        if field in config:
            need(config.get("responseMimeType") == "application/json",
                 "%s requires the response mime type application/json" % field)
            subset(config[field])


# ---- Anthropic -------------------------------------------------------------

ANTHROPIC_FIELDS = {
    "model", "messages", "system", "max_tokens", "output_config", "stop_sequences", "stream",
    "thinking", "tools", "tool_choice", "metadata", "service_tier", "speed", "inference_geo",
    "cache_control", "temperature", "top_p", "top_k"}


def claude_version(model):
    """(4, 7) of claude-opus-4-7; None of what is no Claude."""
    found = (re.match(r"claude-[a-z]+-(\d)(?:-(\d))?(?!\d)", model) or
             re.match(r"claude-(\d)(?:-(\d))?-[a-z]", model))
    return (int(found.group(1)), int(found.group(2) or 0)) if found else None


def anthropic_model(body):
    model = body["model"]
    version = claude_version(model)
    thinking = body.get("thinking", {}).get("type", "disabled")
    if version is None:
        return
    if version >= (4, 7):
        for field in ("temperature", "top_p", "top_k"):
            need(body.get(field, 1) == 1, "`%s` is deprecated for this model." % field)
    need(version < (4, 6) or body["messages"][-1]["role"] == "user",
         "This model does not support assistant message prefill.")
    need(version >= (4, 1) or "format" not in body.get("output_config", {}),
         "output_config.format: not supported by this model")
    need(version >= (4, 5) or "effort" not in body.get("output_config", {}),
         "output_config.effort: not supported by this model")
    forced = body.get("tool_choice", {}).get("type") in ("tool", "any")
    need(not forced or not model.startswith(("claude-fable", "claude-mythos")),
         "tool_choice: forced tool use is not supported by this model")
    need(not forced or thinking == "disabled", "Thinking may not be enabled when tool_choice forces "
         "tool use.")


def anthropic_tools(body):
    tools = body.get("tools", [])
    for tool in tools:
        need_fields(tool, {"name", "description", "input_schema", "strict", "type", "cache_control"},
                    "tools: %s: Extra inputs are not permitted")
        schema = tool.get("input_schema", {})
        need(schema.get("type") == "object" and not {"oneOf", "anyOf", "allOf"} & set(schema),
             "tools.0.input_schema: must be an object at the top level")
        if tool.get("strict"):
            AnthropicFormat(schema)
    need("tool_choice" not in body or tools, "tool_choice: may only be specified while providing tools")
    if body.get("tool_choice", {}).get("type") == "tool":
        need(body["tool_choice"].get("name") in [tool.get("name") for tool in tools],
             "tool_choice: no such tool")


def anthropic(body):
    extra = "%s: Extra inputs are not permitted"
    need_fields(body, ANTHROPIC_FIELDS, extra)
    for field in ("model", "max_tokens", "messages"):
        need(field in body, "%s: Field required" % field)
    need(is_int(body["max_tokens"], 1), "max_tokens: Input should be a valid integer")
    need(isinstance(body["messages"], list) and body["messages"], "messages: at least one is required")
    for message in body["messages"]:
        need_fields(message, {"role", "content"}, extra)
        need(message.get("role") in ("user", "assistant") and message.get("content"),
             "messages: text content blocks must be non-empty")
    need(body.get("system", "x"), "system: text content blocks must be non-empty")
    need("temperature" not in body or is_number(body["temperature"], 0, 1), "temperature: range: 0..1")
    config = body.get("output_config", {})
    need_fields(config, {"format", "effort"}, "output_config." + extra)
    need(config.get("effort", "low") in ("low", "medium", "high", "xhigh", "max"),
         "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'")
    if "format" in config:
        need_fields(config["format"], {"type", "schema"}, "output_config.format." + extra)
        need(config["format"].get("type") == "json_schema", "output_config.format.type: json_schema")
        AnthropicFormat(config["format"].get("schema"))
    thinking = body.get("thinking", {"type": "disabled"})
    need(thinking.get("type") in ("disabled", "adaptive", "between_tools", "enabled"), "thinking.type")
    need(thinking["type"] != "enabled" or
         is_int(thinking.get("budget_tokens"), 1024, body["max_tokens"] - 1), "thinking.budget_tokens")
    anthropic_tools(body)
    anthropic_model(body)


# ---- the check -------------------------------------------------------------

def rows_schema(**keywords):
    """A schema of rows with one column."""
    return {"type": "object", "additionalProperties": False, "required": ["rows"], "properties": {
        "rows": {"type": "array", "items": {
            "type": "object", "additionalProperties": False, "required": ["a"],
            "properties": {"a": keywords}}}}}


def wide_schema(count, column, required):
    schema = rows_schema(type="string")
    row = schema["properties"]["rows"]["items"]
    row["properties"] = {"c%d" % i: dict(column) for i in range(count)}
    row["required"] = list(row["properties"]) if required else []
    return schema


OPENAI_BASE = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "x"}]}
GEMINI_BASE = {"contents": [{"role": "user", "parts": [{"text": "x"}]}]}
ANTHROPIC_BASE = {"model": "claude-haiku-5-5", "max_tokens": 9,
                  "messages": [{"role": "user", "content": "x"}]}


def strict(schema, **more):
    return dict(OPENAI_BASE, response_format={"type": "json_schema", "json_schema": {
        "name": "rows", "strict": True, "schema": schema}}, **more)


def output(schema, **more):
    return dict(ANTHROPIC_BASE, output_config={"format": {"type": "json_schema", "schema": schema}}, **more)


def configured(model="gemini-3.8-flash", **config):
    return dict(GEMINI_BASE, generationConfig=config), "/v1beta/models/%s:generateContent" % model


def json_config(schema):
    return configured(responseMimeType="application/json", responseJsonSchema=schema)


def openapi_config(schema):
    return configured(responseMimeType="application/json", responseSchema=schema)


def refused_requests():
    """(name, rule, arguments) of requests that break a rule."""
    for field in ("thinking", "top_k", "prompt"):
        yield "openai: %s" % field, openai, (dict(OPENAI_BASE, **{field: 1}),)
    for model, more in (
            ("gpt-5", {"max_tokens": 9}), ("gpt-5", {"temperature": 0.5}), ("o3", {"temperature": 0.5}),
            ("gpt-5.6-luna", {"temperature": 0.5}), ("gpt-6-astra", {"reasoning_effort": "none"}),
            ("gpt-5", {"reasoning_effort": "none"}), ("gpt-4o-mini", {"reasoning_effort": "low"}),
            ("gpt-4o-mini", {"temperature": 3}), ("gpt-4o-mini", {"max_tokens": 0}),
            ("gpt-4o-mini", {"messages": []}), ("gpt-4o-mini", {"stream_options": {"include_usage": True}}),
            ("gpt-4o-mini", {"response_format": {"type": "json_object"}}),
            ("gpt-4-turbo", {"response_format": strict(rows_schema(type="string"))["response_format"]})):
        yield "openai: %s with %s" % (model, json.dumps(more)[:60]), openai, (
            dict(OPENAI_BASE, model=model, **more),)
    for keyword, value in (("minLength", 1), ("maxLength", 9), ("default", "x"), ("format", "uri"),
                           ("pattern", "^(?=a)"), ("uniqueItems", True), ("oneOf", []), ("allOf", []),
                           ("title", "x"), ("enum", ["x%d" % i for i in range(1001)]),
                           ("prefixItems", [])):
        yield "openai strict: %s" % keyword, openai, (strict(rows_schema(type="string", **{keyword: value})),)
    yield "openai strict: an optional key", openai, (strict(wide_schema(2, {"type": "string"}, False)),)
    yield "openai strict: no object", openai, (strict({"type": "array", "items": {"type": "string"}}),)
    for body in (dict(OPENAI_BASE, model=""), {"model": "gpt-4o-mini"}):
        yield "openai: something is missing", openai, (body,)

    yield "anthropic: no max_tokens", anthropic, (
        {k: v for k, v in ANTHROPIC_BASE.items() if k != "max_tokens"},)
    for field in ("seed", "response_format", "n", "max_completion_tokens", "output_format"):
        yield "anthropic: %s" % field, anthropic, (dict(ANTHROPIC_BASE, **{field: 1}),)
    for model in ("claude-opus-4-7", "claude-sonnet-5", "claude-haiku-5-5", "claude-fable-5-1"):
        yield "anthropic: %s with a temperature" % model, anthropic, (
            dict(ANTHROPIC_BASE, model=model, temperature=0.5),)
    yield "anthropic: a temperature of 2", anthropic, (
        dict(ANTHROPIC_BASE, model="claude-sonnet-4-5", temperature=2),)
    yield "anthropic: claude-3 with a format", anthropic, (
        output(rows_schema(type="string"), ) | {"model": "claude-3-opus-20240229"},)
    for keyword, value in (("minimum", 1), ("maxLength", 9), ("multipleOf", 2), ("maxItems", 2),
                           ("minItems", 2), ("oneOf", []), ("pattern", r"\bx"), ("uniqueItems", True)):
        yield "anthropic format: %s" % keyword, anthropic, (
            output(rows_schema(type="string", **{keyword: value})),)
    yield "anthropic format: 17 unions", anthropic, (
        output(wide_schema(17, {"type": ["string", "null"]}, True)),)
    yield "anthropic format: 25 optional keys", anthropic, (
        output(wide_schema(25, {"type": "string"}, False)),)
    yield "anthropic format: an open object", anthropic, (output({"type": "object", "properties": {}}),)
    yield "anthropic: a forced tool while thinking", anthropic, (dict(
        ANTHROPIC_BASE, model="claude-sonnet-4-5", max_tokens=4000,
        thinking={"type": "enabled", "budget_tokens": 2000}, tools=[
            {"name": "t", "input_schema": {"type": "object"}}], tool_choice={"type": "tool", "name": "t"}),)

    for config in ({"max_tokens": 9}, {"temperature": 3}, {"seed": 2**31}, {"maxOutputTokens": 0}):
        yield "gemini: %s" % json.dumps(config), gemini, configured(**config)
    yield "gemini: a field of others", gemini, (dict(GEMINI_BASE, model="x"),)
    yield "gemini: no contents", gemini, ({"contents": []},)
    for model, thinking in (("gemini-2.5-flash", {"thinkingLevel": "LOW"}),
                            ("gemini-2.5-pro", {"thinkingBudget": 0}),
                            ("gemini-3.8-flash", {"thinkingLevel": "MINIMAL"}),
                            ("gemini-2.0-flash", {"thinkingBudget": 0})):
        yield "gemini: %s with %s" % (model, json.dumps(thinking)), gemini, configured(
            model, thinkingConfig=thinking)
    yield "gemini: a schema without its type", gemini, configured(
        responseJsonSchema=rows_schema(type="string"))
    for keyword, value in (("const", "x"), ("allOf", []), ("exclusiveMinimum", 1), ("not", {}),
                           ("multipleOf", 2), ("pattern", "x"), ("format", "uuid"), ("enum", [None])):
        yield "gemini JSON Schema: %s" % keyword, gemini, json_config(
            rows_schema(type="string", **{keyword: value}))
    for keyword, value in (("additionalProperties", False), ("$ref", "#"), ("const", "x"), ("enum", [1]),
                           ("oneOf", []), ("exclusiveMaximum", 1), ("prefixItems", [])):
        yield "gemini OpenAPI schema: %s" % keyword, gemini, openapi_config(
            {"type": "OBJECT", "properties": {"a": {"type": "STRING", keyword: value}}})
    yield "gemini OpenAPI schema: a list of types", gemini, openapi_config(
        {"type": "OBJECT", "properties": {"a": {"type": ["string", "null"]}}})


def refused(rule, arguments):
    try:
        rule(*arguments)
    except Broken as broken:
        return broken.message
    return None


def fixture_requests(folder):
    """(name, rule, arguments) of the requests that the adapters build."""
    for name in sorted(glob.glob(os.path.join(folder, "requests", "*.out"))):
        with open(name, encoding="utf-8") as file:
            head, body = file.read().split("\n\n", 1)
        path, body = head.split()[1], json.loads(body)
        name = os.path.basename(name)
        if path.endswith("/messages"):
            yield name, anthropic, (body,)
        elif "enerateContent" in path:
            yield name, gemini, (body, path)
        elif "//api.openai.com/" in path:
            yield name, openai, (body,)


def fixture_schemas(folder):
    """The same of the schemas, in each provider's own form."""
    rules = {"openai strict": (openai, strict), "anthropic strict": (anthropic, output),
             "gemini strict": (gemini, json_config), "gemini schema": (gemini, openapi_config)}
    for name in sorted(glob.glob(os.path.join(folder, "schemas", "*.out"))):
        with open(name, encoding="utf-8") as file:
            parts = re.split(r"^== (.*)\n", file.read(), flags=re.M)[1:]
        for form, text in zip(parts[::2], parts[1::2]):
            if form in rules:
                rule, wrap = rules[form]
                arguments = wrap(json.loads(text.split("\n", 1)[0]))
                yield ("%s: %s" % (os.path.basename(name), form), rule,
                       arguments if isinstance(arguments, tuple) else (arguments,))


def check(folder):
    number = bad = 0
    cases = [(case, False) for case in list(fixture_requests(folder)) + list(fixture_schemas(folder))]
    cases += [(case, True) for case in refused_requests()]
    for (name, rule, arguments), wanted in cases:
        message = refused(rule, arguments)
        fine = (message is not None) == wanted
        number += 1
        bad += not fine
        print("%s %d - %s: %s" % ("ok" if fine else "not ok", number, "refused" if wanted else "accepted",
                                  name.replace("#", "")))
        if not fine:
            print("# %s" % message)
    print("1..%d" % number)
    return bad


if __name__ == "__main__":
    sys.exit(1 if check(sys.argv[1]) else 0)
