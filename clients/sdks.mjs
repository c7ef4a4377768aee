// One SDK against the gateway: a whole answer, a stream, a tool's loop, JSON by a schema.
// Environment: BASE, KEY, MODEL, PROMPT. Argument: which SDK. Prints what it does, then the words
// of the last answer; throws at the first thing that is not right.
import assert from "node:assert/strict";

const { BASE, KEY, MODEL, PROMPT } = process.env;
const HELLO = "Say that it is open.";
const FINAL = "The harbour is open.";
const tool = {
  name: "write_file",
  description: "Writes a file.",
  schema: {
    type: "object",
    properties: { path: { type: "string" }, content: { type: "string" } },
    required: ["path", "content"],
    additionalProperties: false,
  },
};
const parcel = {
  type: "object",
  properties: { sender: { type: "string" }, grams: { type: "integer" } },
  required: ["sender", "grams"],
  additionalProperties: false,
};
const written = [];
const write = (input) => {
  written.push(input);
  return { written: true };
};
const step = (name) => console.log("does", name);

function isWritten() {
  assert.equal(written.length, 1);
  assert.equal(written[0].content, "harbour");
  written.length = 0;
}

function isParcel(value) {
  assert.deepEqual(value, { sender: "harbour", grams: 7 });
}

const sdks = {
  async "openai-chat"() {
    const { default: OpenAI } = await import("openai");
    const client = new OpenAI({ baseURL: BASE + "/v1", apiKey: KEY, maxRetries: 0 });
    const messages = [{ role: "user", content: HELLO }];
    step("whole");
    const whole = await client.chat.completions.create({ model: MODEL, messages });
    assert.equal(whole.choices[0].message.content, FINAL);
    assert.ok(whole.usage.total_tokens > 100);
    step("stream");
    const stream = client.chat.completions.stream({ model: MODEL, messages, stream_options: { include_usage: true } });
    const streamed = await stream.finalChatCompletion();
    assert.equal(streamed.choices[0].message.content, FINAL);
    assert.equal(streamed.usage.total_tokens, whole.usage.total_tokens);
    step("tools");
    for (const streams of [false, true]) {
      const runner = client.chat.completions.runTools({
        model: MODEL,
        stream: streams,
        messages: [{ role: "user", content: PROMPT }],
        tools: [
          {
            type: "function",
            function: { name: tool.name, description: tool.description, parameters: tool.schema, parse: JSON.parse, function: write },
          },
        ],
      });
      assert.equal(await runner.finalContent(), FINAL);
      isWritten();
    }
    step("json");
    const { zodResponseFormat } = await import("openai/helpers/zod");
    const { z } = await import("zod");
    const json = await client.chat.completions.parse({
      model: MODEL,
      messages,
      response_format: zodResponseFormat(z.object({ sender: z.string(), grams: z.number().int() }), "parcel"),
    });
    isParcel(json.choices[0].message.parsed);
  },

  async "openai-responses"() {
    const { default: OpenAI } = await import("openai");
    const client = new OpenAI({ baseURL: BASE + "/v1", apiKey: KEY, maxRetries: 0 });
    step("whole");
    const whole = await client.responses.create({ model: MODEL, input: HELLO });
    assert.equal(whole.output_text, FINAL);
    step("stream");
    const streamed = await client.responses.stream({ model: MODEL, input: HELLO }).finalResponse();
    assert.equal(streamed.output_text, FINAL);
    assert.equal(streamed.usage.total_tokens, whole.usage.total_tokens);
    step("tools");
    const tools = [{ type: "function", name: tool.name, description: tool.description, parameters: tool.schema, strict: true }];
    for (const streams of [false, true]) {
      const input = [{ role: "user", content: PROMPT }];
      const members = { model: MODEL, input, tools, include: ["reasoning.encrypted_content"], store: false };
      const called = streams
        ? await client.responses.stream({ ...members, reasoning: { effort: "low", summary: "auto" } }).finalResponse()
        : await client.responses.create(members);
      const call = called.output.find((item) => item.type === "function_call");
      write(JSON.parse(call.arguments));
      input.push(...called.output, { type: "function_call_output", call_id: call.call_id, output: "written" });
      assert.equal((await client.responses.create(members)).output_text, FINAL);
      isWritten();
    }
    step("an earlier answer");
    const next = await client.responses.create({ model: MODEL, input: HELLO, previous_response_id: whole.id });
    assert.equal(next.output_text, FINAL);
    step("json");
    const { zodTextFormat } = await import("openai/helpers/zod");
    const { z } = await import("zod");
    const json = await client.responses.parse({
      model: MODEL,
      input: HELLO,
      text: { format: zodTextFormat(z.object({ sender: z.string(), grams: z.number().int() }), "parcel") },
    });
    isParcel(json.output_parsed);
  },

  async anthropic() {
    const { default: Anthropic } = await import("@anthropic-ai/sdk");
    const client = new Anthropic({ baseURL: BASE, apiKey: KEY, maxRetries: 0 });
    const members = { model: MODEL, max_tokens: 4000, messages: [{ role: "user", content: HELLO }] };
    step("whole");
    const whole = await client.messages.create(members);
    assert.equal(whole.content[0].text, FINAL);
    step("stream");
    const streamed = await client.messages.stream(members).finalMessage();
    assert.equal(streamed.content[0].text, FINAL);
    assert.equal(streamed.usage.output_tokens, whole.usage.output_tokens);
    step("tools");
    const { betaTool } = await import("@anthropic-ai/sdk/helpers/beta/json-schema");
    for (const streams of [false, true]) {
      const runner = client.beta.messages.toolRunner({
        ...members,
        stream: streams,
        thinking: { type: "enabled", budget_tokens: 1024 },
        messages: [{ role: "user", content: PROMPT }],
        tools: [betaTool({ name: tool.name, description: tool.description, inputSchema: tool.schema, run: (input) => JSON.stringify(write(input)) })],
      });
      const last = await runner.runUntilDone();
      assert.equal(last.content.find((block) => block.type === "text").text, FINAL);
      isWritten();
    }
    step("json");
    const json = await client.messages.create({ ...members, output_config: { format: { type: "json_schema", schema: parcel } } });
    isParcel(JSON.parse(json.content[0].text));
  },

  async genai() {
    const { GoogleGenAI, FunctionCallingConfigMode } = await import("@google/genai");
    const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: BASE } });
    step("whole");
    const whole = await client.models.generateContent({ model: MODEL, contents: HELLO });
    assert.equal(whole.text, FINAL);
    step("stream");
    let text = "";
    let usage;
    for await (const chunk of await client.models.generateContentStream({ model: MODEL, contents: HELLO })) {
      text += chunk.text ?? "";
      usage = chunk.usageMetadata ?? usage;
    }
    assert.equal(text, FINAL);
    assert.equal(usage.totalTokenCount, whole.usageMetadata.totalTokenCount);
    step("tools");
    const config = {
      tools: [{ functionDeclarations: [{ name: tool.name, description: tool.description, parametersJsonSchema: tool.schema }] }],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } },
      thinkingConfig: { includeThoughts: true },
    };
    for (const streams of [false, true]) {
      const chat = client.chats.create({ model: MODEL, config });
      let call;
      if (streams) {
        for await (const chunk of await chat.sendMessageStream({ message: PROMPT })) {
          call = chunk.functionCalls?.[0] ?? call;
        }
      } else {
        call = (await chat.sendMessage({ message: PROMPT })).functionCalls[0];
      }
      const response = write(call.args);
      const part = { functionResponse: { id: call.id, name: call.name, response } };
      const last = await chat.sendMessage({ message: [part] });
      assert.equal(last.text, FINAL);
      isWritten();
    }
    step("json");
    const json = await client.models.generateContent({
      model: MODEL,
      contents: HELLO,
      config: { responseMimeType: "application/json", responseJsonSchema: parcel },
    });
    isParcel(JSON.parse(json.text));
  },

  async "ai-chat"() {
    const { createOpenAI } = await import("@ai-sdk/openai");
    await vercel(createOpenAI({ baseURL: BASE + "/v1", apiKey: KEY }).chat(MODEL));
  },
  async "ai-responses"() {
    const { createOpenAI } = await import("@ai-sdk/openai");
    await vercel(createOpenAI({ baseURL: BASE + "/v1", apiKey: KEY })(MODEL));
  },
  async "ai-messages"() {
    const { createAnthropic } = await import("@ai-sdk/anthropic");
    await vercel(createAnthropic({ baseURL: BASE + "/v1", apiKey: KEY })(MODEL));
  },
  async "ai-gemini"() {
    const { createGoogleGenerativeAI } = await import("@ai-sdk/google");
    await vercel(createGoogleGenerativeAI({ baseURL: BASE + "/v1beta", apiKey: KEY })(MODEL));
  },

  async "langchain-chat"() {
    const { ChatOpenAI } = await import("@langchain/openai");
    await langchain(new ChatOpenAI({ model: MODEL, apiKey: KEY, maxRetries: 0, configuration: { baseURL: BASE + "/v1" } }));
  },
  async "langchain-messages"() {
    const { ChatAnthropic } = await import("@langchain/anthropic");
    await langchain(new ChatAnthropic({ model: MODEL, apiKey: KEY, maxRetries: 0, anthropicApiUrl: BASE }));
  },
};

async function vercel(model) {
  const { generateText, streamText, tool: aiTool, jsonSchema, Output, stepCountIs } = await import("ai");
  const onError = ({ error }) => {
    throw error;
  };
  step("whole");
  const whole = await generateText({ model, prompt: HELLO, maxRetries: 0 });
  assert.equal(whole.text, FINAL);
  step("stream");
  const stream = streamText({ model, prompt: HELLO, maxRetries: 0, onError });
  assert.equal(await stream.text, FINAL);
  assert.equal((await stream.usage).totalTokens, whole.usage.totalTokens);
  step("tools");
  const tools = { write_file: aiTool({ description: tool.description, inputSchema: jsonSchema(tool.schema), execute: write }) };
  const members = { model, prompt: PROMPT, tools, stopWhen: stepCountIs(3), maxRetries: 0 };
  assert.equal((await generateText(members)).text, FINAL);
  isWritten();
  const loop = streamText({ ...members, onError });
  assert.equal(await loop.text, FINAL);
  isWritten();
  step("json");
  const json = await generateText({ model, prompt: HELLO, maxRetries: 0, output: Output.object({ schema: jsonSchema(parcel) }) });
  isParcel(json.output);
}

async function langchain(model) {
  const { HumanMessage, ToolMessage } = await import("@langchain/core/messages");
  step("whole");
  assert.equal((await model.invoke(HELLO)).text, FINAL);
  step("stream");
  let text = "";
  for await (const chunk of await model.stream(HELLO)) {
    text += chunk.text;
  }
  assert.equal(text, FINAL);
  step("tools");
  const bound = model.bindTools([{ type: "function", function: { name: tool.name, description: tool.description, parameters: tool.schema } }]);
  const question = new HumanMessage(PROMPT);
  let called;
  for await (const chunk of await bound.stream([question])) {
    called = called ? called.concat(chunk) : chunk;
  }
  const call = called.tool_calls[0];
  write(call.args);
  const result = new ToolMessage({ content: "written", tool_call_id: call.id });
  assert.equal((await bound.invoke([question, called, result])).text, FINAL);
  isWritten();
  step("json");
  isParcel(await model.withStructuredOutput(parcel, { name: "parcel" }).invoke(HELLO));
}

await sdks[process.argv[2]]();
console.log(FINAL);
