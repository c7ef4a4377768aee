"""A model for the client runs: it speaks four dialects, calls a tool, then says that it is done.

What it does depends on the request alone. With the sentence of PROMPT in it and tools that can
write a file, it calls one of them; after a tool's result, or without tools, it answers with FINAL;
where JSON is asked for by a schema, it answers with the smallest value that fits. It refuses what
the vendors refuse and what a translation could get wrong: members that the dialect does not have,
calls without results, names and ids in a wrong form, thinking without its signature.
"""

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROMPT = "Write the word {word} into the file {path} now."
ASKED = re.compile(r"Write the word (\w+) into the file ([^\s\"\\]+) now\.")
FINAL = "The harbour is open."
THOUGHT = "The file is to be written."
SEAL = "c2VhbCBvZiB0aGUgZmFrZSBtb2RlbA=="


class Wrong(Exception):
    """What a vendor would answer 400 to."""


@dataclass
class Tool:
    name: str
    schema: dict
    freeform: bool = False


@dataclass
class Ask:
    """A request as far as the model looks at it."""

    dialect: str
    stream: bool
    model: str
    text: str  # everything that was said, to find the prompt in
    tools: list = field(default_factory=list)
    results: int = 0
    schema: dict | None = None
    forced: bool = False
    thinks: bool = False
    usage: bool = True


@dataclass
class Say:
    """What the model answers: a call, or words."""

    call: tuple | None = None  # name, arguments (a dict, or the text of a freeform tool)
    text: str = ""


# --- the mind -----------------------------------------------------------------------------------

PATHS = re.compile(r"^(file_?path|path|absolute_path|target_file|filename)$", re.I)
CONTENTS = re.compile(r"^(contents?|file_text|text|code_edit)$", re.I)
ENDS = re.compile(r"^(submit_and_exit|attempt_completion)$")
COMMANDS = re.compile(r"^(cmd|command|commands|script)$", re.I)


def filled(schema):
    """The smallest value that fits a JSON Schema."""
    if not isinstance(schema, dict):
        return "harbour"
    for name in ("anyOf", "oneOf", "allOf"):
        if schema.get(name):
            return filled(schema[name][0])
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = (kind[0] if isinstance(kind, list) else kind).lower()
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: filled(properties.get(name, {})) for name in schema.get("required", properties)}
    if kind == "array":
        return [filled(schema.get("items", {}))] * schema.get("minItems", 0)
    return {"integer": 7, "number": 7.5, "boolean": False, "null": None}.get(kind, "harbour")


def wanted(tools, word, path):
    """Which tool writes the file, and with what arguments; None when none can."""
    for tool in tools:
        only = list(tool.schema.get("properties", {}))
        if tool.name.endswith("apply_patch") and (tool.freeform or only == ["input"]):
            patch = f"*** Begin Patch\n*** Add File: {path}\n+{word}\n*** End Patch"
            return tool.name, patch if tool.freeform else {"input": patch}
        if tool.name.endswith("exec") and (tool.freeform or only == ["input"]):
            shell = json.dumps(f"printf {word} > {path}")
            code = f"const done = await tools.exec_command({{cmd: {shell}}}); text(JSON.stringify(done));"
            return tool.name, code if tool.freeform else {"input": code}
    for tool in tools:
        names = tool.schema.get("properties", {})
        where = next((n for n in names if PATHS.match(n)), None)
        what = next((n for n in names if CONTENTS.match(n)), None)
        if where and what:
            return tool.name, {**filled(tool.schema), where: path, what: word}
    for tool in tools:
        names = tool.schema.get("properties", {})
        how = next((n for n in names if COMMANDS.match(n)), None)
        if how:
            line = f"printf {word} > {path}"
            is_list = str(names[how].get("type", "string")).lower() == "array"
            return tool.name, {**filled(tool.schema), how: [line] if is_list else line}
    return None


def thought_up(ask):
    found = ASKED.search(ask.text)
    if ask.tools and found and not ask.results:
        call = wanted(ask.tools, found[1], found[2])
        if call:
            return Say(call=call)
    end = next((tool for tool in ask.tools if ENDS.match(tool.name)), None)
    if end and ask.results == 1:  # an agent that wants to be told by a call that all is done
        return Say(call=(end.name, {name: FINAL if value == "harbour" else value for name, value in filled(end.schema).items()}))
    if ask.forced and ask.tools:
        return Say(call=(ask.tools[0].name, filled(ask.tools[0].schema)))
    if ask.schema is not None:
        return Say(text=json.dumps(filled(ask.schema)))
    return Say(text=FINAL)


# --- what the vendors hold a request to ---------------------------------------------------------

MEMBERS = {
    "openai-chat": {
        "model", "messages", "stream", "stream_options", "tools", "tool_choice", "max_tokens",
        "max_completion_tokens", "temperature", "top_p", "n", "stop", "seed", "user", "store", "metadata",
        "response_format", "reasoning_effort", "parallel_tool_calls", "verbosity", "frequency_penalty",
        "presence_penalty", "prompt_cache_key", "service_tier", "logit_bias", "logprobs", "top_logprobs",
        "safety_identifier", "prompt_cache_retention", "modalities", "audio", "prediction",
    },
    "openai-responses": {
        "model", "input", "instructions", "stream", "stream_options", "tools", "tool_choice",
        "max_output_tokens", "max_tool_calls", "temperature", "top_p", "user", "store", "metadata", "text",
        "reasoning", "include", "parallel_tool_calls", "previous_response_id", "prompt_cache_key",
        "service_tier", "truncation", "safety_identifier", "prompt_cache_retention", "background",
        "conversation", "prompt", "top_logprobs", "client_metadata",
    },
    "anthropic-messages": {
        "model", "messages", "system", "max_tokens", "stream", "tools", "tool_choice", "temperature", "top_p",
        "top_k", "stop_sequences", "metadata", "thinking", "output_config", "service_tier", "cache_control",
        "inference_geo", "container",
    },
    "gemini": {
        "contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings",
        "cachedContent", "model", "labels",
    },
}
NAME = {
    "openai-chat": re.compile(r"^[a-zA-Z0-9_-]{1,64}$"),
    "openai-responses": re.compile(r"^[a-zA-Z0-9_-]{1,128}$"),
    "anthropic-messages": re.compile(r"^[a-zA-Z0-9_-]{1,128}$"),
    "gemini": re.compile(r"^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$"),
}


def held(condition, what):
    if not condition:
        raise Wrong(what)


def members_known(dialect, body):
    unknown = sorted(set(body) - MEMBERS[dialect])
    held(not unknown, f"unknown members: {', '.join(unknown)}")


def said(content):
    """All texts in a content, of any dialect."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return " ".join(said(v) for v in content.values())
    if isinstance(content, list):
        return " ".join(said(v) for v in content)
    return ""


def read_chat(body):
    members_known("openai-chat", body)
    open_calls, results = [], 0
    for message in body["messages"]:
        role = message["role"]
        held(role in ("system", "developer", "user", "assistant", "tool"), f"role {role}")
        if role == "tool":
            held(message["tool_call_id"] in open_calls, f"no call {message['tool_call_id']}")
            open_calls.remove(message["tool_call_id"])
            results += 1
            continue
        held(not open_calls, f"calls without results: {open_calls}")
        extra = set(message) - {"role", "content", "name", "tool_calls", "refusal", "audio", "reasoning_content"}
        held(not extra, f"unknown members of a message: {sorted(extra)}")
        open_calls = [call["id"] for call in message.get("tool_calls") or []]
        held(message.get("content") or open_calls or role == "assistant", "empty message")
    tools = []
    for tool in body.get("tools", []):
        extra = set(tool) - {"type", "function", "custom"}
        held(not extra, f"unknown members of a tool: {sorted(extra)}")
        if tool["type"] == "custom":
            tools.append(Tool(tool["custom"]["name"], {}, True))
        else:
            extra = set(tool["function"]) - {"name", "description", "parameters", "strict"}
            held(not extra, f"unknown members of a function: {sorted(extra)}")
            tools.append(Tool(tool["function"]["name"], tool["function"].get("parameters") or {}))
    form = body.get("response_format") or {}
    return Ask(
        "openai-chat", bool(body.get("stream")), body["model"], said(body["messages"]), tools, results,
        (form.get("json_schema") or {}).get("schema"),
        body.get("tool_choice") == "required" or isinstance(body.get("tool_choice"), dict),
        usage=not body.get("stream") or bool((body.get("stream_options") or {}).get("include_usage")),
    )


def read_responses(body):
    members_known("openai-responses", body)
    items = body["input"]
    items = [{"role": "user", "content": items}] if isinstance(items, str) else items
    calls, results = {}, 0
    for item in items:
        kind = item.get("type", "message")
        if kind in ("function_call", "custom_tool_call"):
            calls[item["call_id"]] = False
        elif kind in ("function_call_output", "custom_tool_call_output"):
            held(item["call_id"] in calls, f"no call {item['call_id']}")
            calls[item["call_id"]] = True
            results += 1
        elif kind == "reasoning":
            held(item.get("encrypted_content") in (None, SEAL), "encrypted content that is not ours")
        else:
            held(kind == "message", f"item {kind}")
            held(item["role"] in ("system", "developer", "user", "assistant"), f"role {item['role']}")
            mine = item["role"] == "assistant"
            for part in item["content"] if isinstance(item["content"], list) else []:
                known = ("output_text", "refusal") if mine else ("input_text", "input_image", "input_file")
                held(part["type"] in known, f"{part['type']} of {item['role']}")
    held(all(calls.values()), "calls without results")
    tools = []
    for tool in body.get("tools", []):
        held(tool["type"] in ("function", "custom", "web_search"), f"tool {tool['type']}")
        if tool["type"] != "web_search":
            tools.append(Tool(tool["name"], tool.get("parameters") or {}, tool["type"] == "custom"))
    form = (body.get("text") or {}).get("format") or {}
    return Ask(
        "openai-responses", bool(body.get("stream")), body["model"], said(items), tools, results,
        form.get("schema"),
        body.get("tool_choice") == "required"
        or isinstance(body.get("tool_choice"), dict) and body["tool_choice"].get("type") != "allowed_tools",
        "reasoning.encrypted_content" in (body.get("include") or []),
    )


def read_messages(body):
    members_known("anthropic-messages", body)
    held(isinstance(body.get("max_tokens"), int), "max_tokens: Field required")
    thinking = body.get("thinking") or {}
    thinks = thinking.get("type") in ("enabled", "adaptive")
    held(thinking.get("budget_tokens", 0) < body["max_tokens"], "budget_tokens must be below max_tokens")
    held(not thinks or body.get("temperature", 1) == 1, "temperature may only be 1 with thinking")
    open_calls, results, before, in_loop = [], 0, None, True
    for message in body["messages"]:
        held(message["role"] in ("user", "assistant"), f"role {message['role']}")
        held(before or message["role"] == "user", "first message must be the user's")
        content = message["content"]
        held(content, "empty content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        kinds = [block["type"] for block in blocks]
        for block in blocks:
            held(block["type"] != "text" or block["text"].strip(), "text content blocks must be non-empty")
        if message["role"] == "user":
            answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
            held(sorted(answered) == sorted(open_calls), f"calls {open_calls}, results {answered}")
            held("tool_result" not in kinds[len(answered):], "results stand first")
            results += len(answered)
            open_calls = []
        else:
            held(not open_calls, f"calls without results: {open_calls}")
            open_calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
            for call in open_calls:
                held(re.fullmatch(r"[a-zA-Z0-9_-]+", call), f"id {call}")
            for block in blocks:
                held(block.get("signature", SEAL) == SEAL, "invalid signature in thinking block")
            if thinks and open_calls and before == "user":
                in_loop = kinds[0] in ("thinking", "redacted_thinking")
        before = message["role"]
    held(not open_calls, f"calls without results: {open_calls}")
    held(in_loop, "expected thinking before tool_use when thinking is on")
    tools = []
    for tool in body.get("tools", []):
        if tool.get("type", "custom") == "custom":
            known = {"type", "name", "description", "input_schema", "cache_control", "strict", "eager_input_streaming"}
            held(not set(tool) - known, f"unknown members of a tool: {sorted(set(tool) - known)}")
            held(tool["input_schema"].get("type") == "object", "input_schema.type must be object")
            tools.append(Tool(tool["name"], tool["input_schema"]))
    form = (body.get("output_config") or {}).get("format") or {}
    forced = (body.get("tool_choice") or {}).get("type") in ("any", "tool")
    held(not (thinks and forced), "thinking may not be on when a tool is forced")
    return Ask(
        "anthropic-messages", bool(body.get("stream")), body["model"],
        said(body.get("system", "")) + said(body["messages"]), tools, results, form.get("schema"), forced, thinks,
    )


def read_gemini(body, model, stream):
    members_known("gemini", body)
    results, open_calls = 0, []
    for content in body["contents"]:
        held(content.get("role", "user") in ("user", "model"), f"role {content.get('role')}")
        held(content["parts"], "contents.parts must not be empty")
        calls = [part["functionCall"] for part in content["parts"] if "functionCall" in part]
        answers = [part["functionResponse"] for part in content["parts"] if "functionResponse" in part]
        if open_calls or answers:
            held(sorted(open_calls) == sorted(a["name"] for a in answers), f"calls {open_calls}, responses {answers}")
        for part in content["parts"]:
            held(set(part) - {"thought"}, "a part needs data")
            if "thoughtSignature" in part:
                own = (SEAL, "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=", "skip_thought_signature_validator")
                held(part["thoughtSignature"] in own, "corrupted thought signature")
        if calls and model.startswith("gemini-3"):
            first = next(part for part in content["parts"] if "functionCall" in part)
            held("thoughtSignature" in first, "function call is missing a thought_signature")
        results += len(answers)
        open_calls = [call["name"] for call in calls]
    tools = []
    for group in body.get("tools", []):
        for tool in group.get("functionDeclarations", []):
            known = {"name", "description", "parameters", "parametersJsonSchema", "response", "responseJsonSchema"}
            held(not set(tool) - known, f"unknown members of a function: {sorted(set(tool) - known)}")
            tools.append(Tool(tool["name"], tool.get("parametersJsonSchema") or tool.get("parameters") or {}))
    generation = body.get("generationConfig") or {}
    mode = ((body.get("toolConfig") or {}).get("functionCallingConfig") or {}).get("mode")
    return Ask(
        "gemini", stream, model, said(body["contents"]), tools, results,
        generation.get("responseJsonSchema") or generation.get("responseSchema"), mode == "ANY",
        bool((generation.get("thinkingConfig") or {}).get("includeThoughts")),
    )


# --- its answers --------------------------------------------------------------------------------


def halves(text):
    middle = len(text) // 2
    return [piece for piece in (text[:middle], text[middle:]) if piece]


def arguments(call):
    return call[1] if isinstance(call[1], str) else json.dumps(call[1])


def chat(ask, say, number):
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
             "prompt_tokens_details": {"cached_tokens": 40}}
    head = {"id": f"chatcmpl-{number}", "created": 1760000000, "model": ask.model}
    finish = "tool_calls" if say.call else "stop"
    freeform = say.call and isinstance(say.call[1], str)
    call = None
    if say.call:
        inner = {"name": say.call[0], "input" if freeform else "arguments": arguments(say.call)}
        kind = "custom" if freeform else "function"
        call = {"id": f"call_{number}", "type": kind, kind: inner}
    if not ask.stream:
        message = {"role": "assistant", "content": say.text or None, "refusal": None}
        if call:
            message["tool_calls"] = [call]
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        return {**head, "object": "chat.completion", "choices": [choice], "usage": usage}

    def chunk(delta, finish=None):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return None, {**head, "object": "chat.completion.chunk", "choices": [choice]}

    events = [chunk({"role": "assistant", "content": ""})]
    events += [chunk({"content": piece}) for piece in halves(say.text)]
    if call:
        kind = call["type"]
        piece_name = "input" if freeform else "arguments"
        first = {**call, kind: {**call[kind], piece_name: ""}}
        events.append(chunk({"tool_calls": [{"index": 0, **first}]}))
        for piece in halves(arguments(say.call)):
            events.append(chunk({"tool_calls": [{"index": 0, kind: {piece_name: piece}}]}))
    events.append(chunk({}, finish))
    if ask.usage:
        events.append((None, {**head, "object": "chat.completion.chunk", "choices": [], "usage": usage}))
    return events + [(None, "[DONE]")]


def responses(ask, say, number):
    usage = {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 40}, "output_tokens": 20,
             "output_tokens_details": {"reasoning_tokens": 5}, "total_tokens": 120}
    base = {"id": f"resp_{number}", "object": "response", "created_at": 1760000000, "model": ask.model,
            "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None,
            "incomplete_details": None, "instructions": None, "metadata": {}, "temperature": 1, "top_p": 1}
    output = []
    if ask.thinks:
        output.append({"id": f"rs_{number}", "type": "reasoning", "encrypted_content": SEAL,
                       "summary": [{"type": "summary_text", "text": THOUGHT}]})
    if say.call:
        freeform = isinstance(say.call[1], str)
        output.append({"id": f"fc_{number}", "type": "custom_tool_call" if freeform else "function_call",
                       "call_id": f"call_{number}", "name": say.call[0], "status": "completed",
                       "input" if freeform else "arguments": arguments(say.call)})
    else:
        part = {"type": "output_text", "text": say.text, "annotations": []}
        output.append({"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "completed",
                       "content": [part]})
    done = {**base, "status": "completed", "output": output, "usage": usage}
    if not ask.stream:
        return done
    events = []

    def event(kind, **members):
        events.append((kind, {"type": kind, "sequence_number": len(events), **members}))

    event("response.created", response={**base, "status": "in_progress", "output": [], "usage": None})
    for index, item in enumerate(output):
        place = {"output_index": index, "item_id": item["id"]}
        if item["type"] == "reasoning":
            event("response.output_item.added", output_index=index, item={**item, "summary": []})
            place["summary_index"] = 0
            event("response.reasoning_summary_part.added", part={"type": "summary_text", "text": ""}, **place)
            event("response.reasoning_summary_text.delta", delta=THOUGHT, **place)
            event("response.reasoning_summary_text.done", text=THOUGHT, **place)
            event("response.reasoning_summary_part.done", part=item["summary"][0], **place)
        elif item["type"] == "message":
            event("response.output_item.added", output_index=index,
                  item={**item, "status": "in_progress", "content": []})
            place["content_index"] = 0
            empty = {"type": "output_text", "text": "", "annotations": []}
            event("response.content_part.added", part=empty, **place)
            for piece in halves(say.text):
                event("response.output_text.delta", delta=piece, logprobs=[], **place)
            event("response.output_text.done", text=say.text, logprobs=[], **place)
            event("response.content_part.done", part=item["content"][0], **place)
        else:
            freeform = item["type"] == "custom_tool_call"
            name, stem = ("input", "custom_tool_call_input") if freeform else ("arguments", "function_call_arguments")
            event("response.output_item.added", output_index=index,
                  item={**item, "status": "in_progress", name: ""})
            for piece in halves(arguments(say.call)):
                event(f"response.{stem}.delta", delta=piece, **place)
            event(f"response.{stem}.done", **{name: arguments(say.call)}, **place)
        event("response.output_item.done", output_index=index, item=item)
    event("response.completed", response=done)
    return events


def messages(ask, say, number):
    usage = {"input_tokens": 60, "cache_read_input_tokens": 40, "cache_creation_input_tokens": 0, "output_tokens": 20}
    blocks = []
    if ask.thinks:
        blocks.append({"type": "thinking", "thinking": THOUGHT, "signature": SEAL})
    if say.call:
        blocks.append({"type": "tool_use", "id": f"toolu_{number}", "name": say.call[0], "input": say.call[1]})
    else:
        blocks.append({"type": "text", "text": say.text})
    stop = "tool_use" if say.call else "end_turn"
    message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": ask.model,
               "content": blocks, "stop_reason": stop, "stop_sequence": None, "usage": usage}
    if not ask.stream:
        return message
    first = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    events = [("message_start", {"message": first}), ("ping", {})]
    for index, block in enumerate(blocks):
        if block["type"] == "thinking":
            empty = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": THOUGHT}, {"type": "signature_delta", "signature": SEAL}]
        elif block["type"] == "tool_use":
            empty = {**block, "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in halves(arguments(say.call))]
        else:
            empty = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": piece} for piece in halves(say.text)]
        events.append(("content_block_start", {"index": index, "content_block": empty}))
        events += [("content_block_delta", {"index": index, "delta": delta}) for delta in deltas]
        events.append(("content_block_stop", {"index": index}))
    events.append(("message_delta", {"delta": {"stop_reason": stop, "stop_sequence": None},
                                     "usage": {"output_tokens": 20}}))
    events.append(("message_stop", {}))
    return [(kind, {"type": kind, **members}) for kind, members in events]


def gemini(ask, say, number):
    usage = {"promptTokenCount": 100, "cachedContentTokenCount": 40, "candidatesTokenCount": 15,
             "thoughtsTokenCount": 5, "totalTokenCount": 120}
    head = {"responseId": f"gem-{number}", "modelVersion": ask.model}

    def answer(parts, **more):
        candidate = {"index": 0, "content": {"role": "model", "parts": parts}, **more}
        return {"candidates": [candidate], "usageMetadata": usage, **head}

    thought = [{"text": THOUGHT, "thought": True}] if ask.thinks else []
    if say.call:
        call = {"id": f"gc{number}", "name": say.call[0], "args": say.call[1]}
        parts = [{"functionCall": call, "thoughtSignature": SEAL}]
    else:
        parts = [{"text": piece} for piece in halves(say.text)]
    if not ask.stream:
        whole = parts if say.call else [{"text": say.text}]
        return answer(thought + whole, finishReason="STOP")
    events = [(None, answer([part])) for part in thought + parts]
    return events + [(None, answer([{"text": ""}], finishReason="STOP"))]


# --- the server ---------------------------------------------------------------------------------

WRITERS = {"openai-chat": chat, "openai-responses": responses, "anthropic-messages": messages, "gemini": gemini}


def refused(dialect, message):
    if dialect == "anthropic-messages":
        return {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
    if dialect == "gemini":
        return {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}


MOST_REQUESTS = 40  # of one run: an agent that asks without end is stopped


class Upstream:
    """The server. `requests` holds the run's requests as (dialect, body); `refusals` what was refused."""

    def __init__(self):
        self.requests = []
        self.refusals = []
        self._number = 0
        self._lock = threading.Lock()
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                upstream._serve(self, self.path.partition("?")[0], body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def begin(self):
        """Forgets the run before."""
        self.requests, self.refusals = [], []

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler, path, body):
        dialect, ask = None, None
        with self._lock:
            self._number += 1
            number = self._number
            try:
                if path.endswith("/chat/completions"):
                    dialect, read = "openai-chat", read_chat
                elif path.endswith("/responses"):
                    dialect, read = "openai-responses", read_responses
                elif path.endswith("/messages"):
                    dialect, read = "anthropic-messages", read_messages
                elif path.endswith(("GenerateContent", ":generateContent")):
                    model, action = path.rpartition("/")[2].split(":")
                    dialect = "gemini"
                    read = lambda body: read_gemini(body, model, action.startswith("stream"))
                if dialect:
                    self.requests.append((dialect, body))
                    held(len(self.requests) <= MOST_REQUESTS, f"more than {MOST_REQUESTS} requests")
                    ask = read(body)
                    for tool in ask.tools:
                        held(NAME[dialect].match(tool.name), f"tool name {tool.name}")
                    held(len({tool.name for tool in ask.tools}) == len(ask.tools), "tool names must be unique")
                    answer = WRITERS[dialect](ask, thought_up(ask), number)
            except (Wrong, KeyError, TypeError) as wrong:
                self.refusals.append((dialect, f"{type(wrong).__name__}: {wrong}" if not isinstance(wrong, Wrong) else str(wrong)))
                return self._json(handler, 400, refused(dialect, self.refusals[-1][1]))
        if dialect is None:
            return self._json(handler, 404, refused(dialect, f"nothing at {path}"))
        if not ask.stream:
            return self._json(handler, 200, answer)
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for kind, data in answer:
            text = data if isinstance(data, str) else json.dumps(data)
            event = ((f"event: {kind}\n" if kind else "") + f"data: {text}\n\n").encode()
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        handler.wfile.write(b"0\r\n\r\n")

    @staticmethod
    def _json(handler, status, value):
        body = json.dumps(value).encode()
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
