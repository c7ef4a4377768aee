package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A request in each dialect for each thing that the table of losses has a row for. */
final class FeatureCases {
  private static final Map<String, DialectId> DIALECTS =
      Map.of(
          "C", DialectId.OPENAI_CHAT,
          "R", DialectId.OPENAI_RESPONSES,
          "A", DialectId.ANTHROPIC_MESSAGES,
          "G", DialectId.GEMINI,
          "B", DialectId.BEDROCK);

  /**
   * The dialects (C Chat Completions, R Responses, A Messages, G Gemini, B Bedrock), the members of
   * the request, and behind {@code =>} what is in a written request that says it in another way.
   */
  private static final String CASES =
      """
      late_instructions => <system>
      C 'messages':[{'role':'user','content':'Hi'},{'role':'system','content':'Be brief.'}]
      R 'input':[{'role':'user','content':'Hi'},{'role':'system','content':'Be brief.'}]
      A 'messages':[{'role':'user','content':'Hi'},{'role':'system','content':'Be brief.'}]
      B 'messages':[{'role':'user','content':[{'text':'Hi'}]},{'role':'system','content':[{'text':'Be brief.'}]}]
      temperature
      CRA 'temperature':0.25
      G 'generationConfig':{'temperature':0.25}
      B 'inferenceConfig':{'temperature':0.25}
      top_p
      CRA 'top_p':0.25
      G 'generationConfig':{'topP':0.25}
      B 'inferenceConfig':{'topP':0.25}
      top_k
      A 'top_k':40
      C 'top_k':40
      G 'generationConfig':{'topK':40}
      B 'additionalModelRequestFields':{'top_k':40}
      frequency_penalty
      C 'frequency_penalty':0.5
      G 'generationConfig':{'frequencyPenalty':0.5}
      presence_penalty
      C 'presence_penalty':0.5
      G 'generationConfig':{'presencePenalty':0.5}
      seed
      C 'seed':7
      G 'generationConfig':{'seed':7}
      max_output_tokens
      C 'max_completion_tokens':1000
      R 'max_output_tokens':1000
      A 'max_tokens':1000
      G 'generationConfig':{'maxOutputTokens':1000}
      B 'inferenceConfig':{'maxTokens':1000}
      stop
      C 'stop':['END','STOP']
      A 'stop_sequences':['END','STOP']
      G 'generationConfig':{'stopSequences':['END','STOP']}
      B 'inferenceConfig':{'stopSequences':['END','STOP']}
      candidates
      C 'n':2
      G 'generationConfig':{'candidateCount':2}
      tools
      C 'tools':[{'type':'function','function':{'name':'look','description':'Looks.','parameters':{'type':'object'}}}]
      R 'tools':[{'type':'function','name':'look','description':'Looks.','parameters':{'type':'object'},'strict':false}]
      A 'tools':[{'name':'look','description':'Looks.','input_schema':{'type':'object'}}]
      G 'tools':[{'functionDeclarations':[{'name':'look','description':'Looks.','parametersJsonSchema':{'type':'object'}}]}]
      B 'toolConfig':{'tools':[{'toolSpec':{'name':'look','description':'Looks.','inputSchema':{'json':{'type':'object'}}}}]}
      tool_strict
      C 'tools':[{'type':'function','function':{'name':'look','strict':true,'parameters':{'type':'object','properties':{},'required':[],'additionalProperties':false}}}]
      R 'tools':[{'type':'function','name':'look','strict':true,'parameters':{'type':'object','properties':{},'required':[],'additionalProperties':false}}]
      A 'tools':[{'name':'look','strict':true,'input_schema':{'type':'object','properties':{},'required':[],'additionalProperties':false}}]
      B 'toolConfig':{'tools':[{'toolSpec':{'name':'look','strict':true,'inputSchema':{'json':{'type':'object','properties':{},'required':[],'additionalProperties':false}}}}]}
      tool_deferred
      R 'tools':[{'type':'tool_search'},{'type':'function','name':'look','strict':false,'defer_loading':true,'parameters':{'type':'object'}}]
      A 'tools':[{'type':'tool_search_tool_regex_20251119','name':'tool_search_tool_regex'},{'name':'look','defer_loading':true,'input_schema':{'type':'object'}}]
      freeform_tool => "input"
      C 'tools':[{'type':'custom','custom':{'name':'say','description':'Says.'}}]
      R 'tools':[{'type':'custom','name':'say','description':'Says.'}]
      tool_grammar => must follow this grammar
      C 'tools':[{'type':'custom','custom':{'name':'say','format':{'type':'grammar','grammar':{'syntax':'regex','definition':'[a-z]+'}}}}]
      R 'tools':[{'type':'custom','name':'say','format':{'type':'grammar','syntax':'regex','definition':'[a-z]+'}}]
      tool_namespace => look
      R 'tools':[{'type':'namespace','name':'eyes','tools':[{'type':'function','name':'look','strict':false,'parameters':{'type':'object'}}]}]
      native_tool
      C 'tools':[{'type':'browser_search'}]
      R 'tools':[{'type':'code_interpreter','container':{'type':'auto'}}]
      A 'tools':[{'type':'bash_20250124','name':'bash'}]
      G 'tools':[{'codeExecution':{}}]
      B 'toolConfig':{'tools':[{'systemTool':{'name':'nova_grounding'}}]}
      web_search_tool
      R 'tools':[{'type':'web_search'}]
      A 'tools':[{'type':'web_search_20250305','name':'web_search'}]
      G 'tools':[{'googleSearch':{}}]
      tool_search_tool
      R 'tools':[{'type':'tool_search'},{'type':'function','name':'look','strict':false,'defer_loading':true,'parameters':{'type':'object'}}]
      A 'tools':[{'type':'tool_search_tool_regex_20251119','name':'tool_search_tool_regex'},{'name':'look','defer_loading':true,'input_schema':{'type':'object'}}]
      tool_choice_none => {
      C 'tool_choice':'none','tools':[{'type':'function','function':{'name':'look','parameters':{'type':'object'}}}]
      R 'tool_choice':'none','tools':[{'type':'function','name':'look','parameters':{'type':'object'},'strict':false}]
      A 'tool_choice':{'type':'none'},'tools':[{'name':'look','input_schema':{'type':'object'}}]
      G 'toolConfig':{'functionCallingConfig':{'mode':'NONE'}},'tools':[{'functionDeclarations':[{'name':'look'}]}]
      tool_choice_required
      C 'tool_choice':'required','tools':[{'type':'function','function':{'name':'look','parameters':{'type':'object'}}}]
      R 'tool_choice':'required','tools':[{'type':'function','name':'look','parameters':{'type':'object'},'strict':false}]
      A 'tool_choice':{'type':'any'},'tools':[{'name':'look','input_schema':{'type':'object'}}]
      G 'toolConfig':{'functionCallingConfig':{'mode':'ANY'}},'tools':[{'functionDeclarations':[{'name':'look'}]}]
      B 'toolConfig':{'toolChoice':{'any':{}},'tools':[{'toolSpec':{'name':'look','inputSchema':{'json':{'type':'object'}}}}]}
      tool_choice_named
      C 'tool_choice':{'type':'function','function':{'name':'look'}},'tools':[{'type':'function','function':{'name':'look','parameters':{'type':'object'}}},{'type':'function','function':{'name':'hear','parameters':{'type':'object'}}}]
      R 'tool_choice':{'type':'function','name':'look'},'tools':[{'type':'function','name':'look','parameters':{'type':'object'},'strict':false},{'type':'function','name':'hear','parameters':{'type':'object'},'strict':false}]
      A 'tool_choice':{'type':'tool','name':'look'},'tools':[{'name':'look','input_schema':{'type':'object'}},{'name':'hear','input_schema':{'type':'object'}}]
      G 'toolConfig':{'functionCallingConfig':{'mode':'ANY','allowedFunctionNames':['look']}},'tools':[{'functionDeclarations':[{'name':'look'},{'name':'hear'}]}]
      B 'toolConfig':{'toolChoice':{'tool':{'name':'look'}},'tools':[{'toolSpec':{'name':'look','inputSchema':{'json':{'type':'object'}}}},{'toolSpec':{'name':'hear','inputSchema':{'json':{'type':'object'}}}}]}
      tool_choice_allowed => look
      C 'tool_choice':{'type':'allowed_tools','allowed_tools':{'mode':'auto','tools':[{'type':'function','function':{'name':'look'}}]}},'tools':[{'type':'function','function':{'name':'look','parameters':{'type':'object'}}},{'type':'function','function':{'name':'hear','parameters':{'type':'object'}}}]
      R 'tool_choice':{'type':'allowed_tools','mode':'auto','tools':[{'type':'function','name':'look'}]},'tools':[{'type':'function','name':'look','parameters':{'type':'object'},'strict':false},{'type':'function','name':'hear','parameters':{'type':'object'},'strict':false}]
      G 'toolConfig':{'functionCallingConfig':{'mode':'VALIDATED','allowedFunctionNames':['look']}},'tools':[{'functionDeclarations':[{'name':'look'},{'name':'hear'}]}]
      parallel_tool_calls => {
      C 'parallel_tool_calls':false,'tools':[{'type':'function','function':{'name':'look','parameters':{'type':'object'}}}]
      R 'parallel_tool_calls':false,'tools':[{'type':'function','name':'look','parameters':{'type':'object'},'strict':false}]
      A 'tool_choice':{'type':'auto','disable_parallel_tool_use':true},'tools':[{'name':'look','input_schema':{'type':'object'}}]
      thinking_off => {
      C 'reasoning_effort':'none'
      R 'reasoning':{'effort':'none'}
      A 'thinking':{'type':'disabled'}
      G 'generationConfig':{'thinkingConfig':{'thinkingBudget':0}}
      B 'additionalModelRequestFields':{'thinking':{'type':'disabled'}}
      thinking_effort => {
      C 'reasoning_effort':'high'
      R 'reasoning':{'effort':'high'}
      A 'thinking':{'type':'adaptive'},'output_config':{'effort':'high'}
      G 'generationConfig':{'thinkingConfig':{'thinkingLevel':'HIGH'}}
      B 'additionalModelRequestFields':{'thinking':{'type':'adaptive'},'output_config':{'effort':'high'}}
      thinking_budget => "type":"enabled"
      C 'thinking':{'type':'enabled','budget_tokens':2000}
      A 'thinking':{'type':'enabled','budget_tokens':2000}
      G 'generationConfig':{'thinkingConfig':{'thinkingBudget':2000}}
      B 'inferenceConfig':{'maxTokens':9000},'additionalModelRequestFields':{'thinking':{'type':'enabled','budget_tokens':2000}}
      thinking_shown => {
      R 'reasoning':{'effort':'high','summary':'auto'}
      A 'thinking':{'type':'adaptive','display':'summarized'}
      G 'generationConfig':{'thinkingConfig':{'includeThoughts':true}}
      B 'additionalModelRequestFields':{'thinking':{'type':'adaptive','display':'summarized'}}
      forced_tool_with_thinking
      C 'reasoning_effort':'high','tool_choice':'required','tools':[{'type':'function','function':{'name':'look','parameters':{'type':'object'}}}]
      R 'reasoning':{'effort':'high'},'tool_choice':'required','tools':[{'type':'function','name':'look','parameters':{'type':'object'},'strict':false}]
      A 'thinking':{'type':'adaptive'},'tool_choice':{'type':'any'},'tools':[{'name':'look','input_schema':{'type':'object'}}]
      B 'additionalModelRequestFields':{'thinking':{'type':'adaptive'}},'toolConfig':{'toolChoice':{'any':{}},'tools':[{'toolSpec':{'name':'look','inputSchema':{'json':{'type':'object'}}}}]}
      G 'generationConfig':{'thinkingConfig':{'thinkingBudget':2000}},'toolConfig':{'functionCallingConfig':{'mode':'ANY'}},'tools':[{'functionDeclarations':[{'name':'look'}]}]
      json_object => JSON
      C 'response_format':{'type':'json_object'}
      R 'text':{'format':{'type':'json_object'}}
      G 'generationConfig':{'responseMimeType':'application/json'}
      json_schema => JSON
      C 'response_format':{'type':'json_schema','json_schema':{'name':'answer','schema':{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}}}
      R 'text':{'format':{'type':'json_schema','name':'answer','schema':{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}}}
      A 'output_config':{'format':{'type':'json_schema','schema':{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}}}
      G 'generationConfig':{'responseMimeType':'application/json','responseJsonSchema':{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}}
      B 'outputConfig':{'textFormat':{'type':'json_schema','structure':{'jsonSchema':{'name':'answer','schema':'{\\'type\\':\\'object\\',\\'properties\\':{\\'a\\':{\\'type\\':\\'string\\'}},\\'required\\':[\\'a\\'],\\'additionalProperties\\':false}'}}}}
      format_strict => JSON
      C 'response_format':{'type':'json_schema','json_schema':{'name':'answer','strict':true,'schema':{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}}}
      R 'text':{'format':{'type':'json_schema','name':'answer','strict':true,'schema':{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}}}
      A 'output_config':{'format':{'type':'json_schema','schema':{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}}}
      G 'generationConfig':{'responseMimeType':'application/json','responseJsonSchema':{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}}
      B 'outputConfig':{'textFormat':{'type':'json_schema','structure':{'jsonSchema':{'name':'answer','schema':'{\\'type\\':\\'object\\',\\'properties\\':{\\'a\\':{\\'type\\':\\'string\\'}},\\'required\\':[\\'a\\'],\\'additionalProperties\\':false}'}}}}
      end_user => user
      CR 'user':'u-1'
      A 'metadata':{'user_id':'u-1'}
      service_tier
      CR 'service_tier':'priority'
      A 'service_tier':'standard_only'
      G 'serviceTier':'priority'
      B 'serviceTier':{'type':'priority'}
      cache_mark
      C 'messages':[{'role':'user','content':[{'type':'text','text':'Hi','prompt_cache_breakpoint':{}}]}]
      R 'input':[{'role':'user','content':[{'type':'input_text','text':'Hi','prompt_cache_breakpoint':{}}]}]
      A 'messages':[{'role':'user','content':[{'type':'text','text':'Hi','cache_control':{'type':'ephemeral'}}]}]
      B 'messages':[{'role':'user','content':[{'text':'Hi'},{'cachePoint':{'type':'default'}}]}]
      cache_mark_ttl
      A 'messages':[{'role':'user','content':[{'type':'text','text':'Hi','cache_control':{'type':'ephemeral','ttl':'1h'}}]}]
      B 'messages':[{'role':'user','content':[{'text':'Hi'},{'cachePoint':{'type':'default','ttl':'1h'}}]}]
      cache_key
      CR 'prompt_cache_key':'k-1'
      image_inline
      C 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'image_url','image_url':{'url':'data:image/png;base64,iVBORw0KGgo='}}]}]
      R 'input':[{'role':'user','content':[{'type':'input_text','text':'See.'},{'type':'input_image','image_url':'data:image/png;base64,iVBORw0KGgo='}]}]
      A 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'image','source':{'type':'base64','media_type':'image/png','data':'iVBORw0KGgo='}}]}]
      G 'contents':[{'role':'user','parts':[{'text':'See.'},{'inlineData':{'mimeType':'image/png','data':'iVBORw0KGgo='}}]}]
      B 'messages':[{'role':'user','content':[{'text':'See.'},{'image':{'format':'png','source':{'bytes':'iVBORw0KGgo='}}}]}]
      image_url
      C 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'image_url','image_url':{'url':'https://example.com/a.png'}}]}]
      R 'input':[{'role':'user','content':[{'type':'input_text','text':'See.'},{'type':'input_image','image_url':'https://example.com/a.png'}]}]
      A 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'image','source':{'type':'url','url':'https://example.com/a.png'}}]}]
      G 'contents':[{'role':'user','parts':[{'text':'See.'},{'fileData':{'mimeType':'image/png','fileUri':'https://example.com/a.png'}}]}]
      B 'messages':[{'role':'user','content':[{'text':'See.'},{'image':{'format':'png','source':{'s3Location':{'uri':'s3://bucket/a.png'}}}}]}]
      document_inline
      C 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'file','file':{'filename':'a.pdf','file_data':'data:application/pdf;base64,JVBERi0='}}]}]
      R 'input':[{'role':'user','content':[{'type':'input_text','text':'See.'},{'type':'input_file','filename':'a.pdf','file_data':'data:application/pdf;base64,JVBERi0='}]}]
      A 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'document','source':{'type':'base64','media_type':'application/pdf','data':'JVBERi0='}}]}]
      G 'contents':[{'role':'user','parts':[{'text':'See.'},{'inlineData':{'mimeType':'application/pdf','data':'JVBERi0='}}]}]
      B 'messages':[{'role':'user','content':[{'text':'Read.'},{'document':{'format':'pdf','name':'a','source':{'bytes':'JVBERi0='}}}]}]
      document_text => Long ago
      A 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'document','title':'Tale','source':{'type':'text','media_type':'text/plain','data':'Long ago'}}]}]
      B 'messages':[{'role':'user','content':[{'text':'Read.'},{'document':{'format':'txt','name':'Tale','source':{'text':'Long ago'}}}]}]
      document_url
      R 'input':[{'role':'user','content':[{'type':'input_text','text':'See.'},{'type':'input_file','file_url':'https://example.com/a.pdf'}]}]
      A 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'document','source':{'type':'url','url':'https://example.com/a.pdf'}}]}]
      G 'contents':[{'role':'user','parts':[{'text':'See.'},{'fileData':{'mimeType':'application/pdf','fileUri':'https://example.com/a.pdf'}}]}]
      B 'messages':[{'role':'user','content':[{'text':'Read.'},{'document':{'format':'pdf','name':'a','source':{'s3Location':{'uri':'s3://bucket/a.pdf'}}}}]}]
      audio_inline
      C 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'input_audio','input_audio':{'format':'wav','data':'UklGRg=='}}]}]
      G 'contents':[{'role':'user','parts':[{'text':'See.'},{'inlineData':{'mimeType':'audio/wav','data':'UklGRg=='}}]}]
      B 'messages':[{'role':'user','content':[{'text':'See.'},{'audio':{'format':'wav','source':{'bytes':'UklGRg=='}}}]}]
      audio_url
      G 'contents':[{'role':'user','parts':[{'text':'See.'},{'fileData':{'mimeType':'audio/wav','fileUri':'https://example.com/a.wav'}}]}]
      B 'messages':[{'role':'user','content':[{'text':'See.'},{'audio':{'format':'wav','source':{'s3Location':{'uri':'s3://bucket/a.wav'}}}}]}]
      video_inline
      C 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'video_url','video_url':{'url':'data:video/mp4;base64,AAAA'}}]}]
      G 'contents':[{'role':'user','parts':[{'text':'See.'},{'inlineData':{'mimeType':'video/mp4','data':'AAAA'}}]}]
      B 'messages':[{'role':'user','content':[{'text':'See.'},{'video':{'format':'mp4','source':{'bytes':'AAAA'}}}]}]
      video_url
      C 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'video_url','video_url':{'url':'https://example.com/a.mp4'}}]}]
      G 'contents':[{'role':'user','parts':[{'text':'See.'},{'fileData':{'mimeType':'video/mp4','fileUri':'https://example.com/a.mp4'}}]}]
      B 'messages':[{'role':'user','content':[{'text':'See.'},{'video':{'format':'mp4','source':{'s3Location':{'uri':'s3://bucket/a.mp4'}}}}]}]
      file_id
      C 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'file','file':{'file_id':'file-1'}}]}]
      R 'input':[{'role':'user','content':[{'type':'input_text','text':'See.'},{'type':'input_file','file_id':'file-1'}]}]
      A 'messages':[{'role':'user','content':[{'type':'text','text':'See.'},{'type':'document','source':{'type':'file','file_id':'file_1'}}]}]
      G 'contents':[{'role':'user','parts':[{'text':'See.'},{'fileData':{'mimeType':'application/pdf','fileUri':'https://generativelanguage.googleapis.com/v1beta/files/f1'}}]}]
      result_media => iVBORw0KGgo=
      R 'input':[{'role':'user','content':'Hi'},{'type':'function_call','call_id':'call_1','name':'look','arguments':'{}'},{'type':'function_call_output','call_id':'call_1','output':[{'type':'input_image','image_url':'data:image/png;base64,iVBORw0KGgo='}]}]
      A 'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':[{'type':'tool_use','id':'toolu_1','name':'look','input':{}}]},{'role':'user','content':[{'type':'tool_result','tool_use_id':'toolu_1','content':[{'type':'image','source':{'type':'base64','media_type':'image/png','data':'iVBORw0KGgo='}}]}]}]
      G 'contents':[{'role':'user','parts':[{'text':'Hi'}]},{'role':'model','parts':[{'functionCall':{'id':'c1','name':'look','args':{}}}]},{'role':'user','parts':[{'functionResponse':{'id':'c1','name':'look','response':{},'parts':[{'inlineData':{'mimeType':'image/png','data':'iVBORw0KGgo='}}]}}]}]
      B 'messages':[{'role':'user','content':[{'text':'Hi'}]},{'role':'assistant','content':[{'toolUse':{'toolUseId':'t1','name':'look','input':{}}}]},{'role':'user','content':[{'toolResult':{'toolUseId':'t1','content':[{'image':{'format':'png','source':{'bytes':'iVBORw0KGgo='}}}]}}]}]
      result_failed => Error: No
      A 'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':[{'type':'tool_use','id':'toolu_1','name':'look','input':{}}]},{'role':'user','content':[{'type':'tool_result','tool_use_id':'toolu_1','is_error':true,'content':'No.'}]}]
      B 'messages':[{'role':'user','content':[{'text':'Hi'}]},{'role':'assistant','content':[{'toolUse':{'toolUseId':'t1','name':'look','input':{}}}]},{'role':'user','content':[{'toolResult':{'toolUseId':'t1','status':'error','content':[{'text':'No.'}]}}]}]
      reasoning_text
      C 'messages':[{'role':'user','content':'Hi'},{'role':'assistant','reasoning_content':'Hm.','content':'Ho'},{'role':'user','content':'And?'}]
      G 'contents':[{'role':'user','parts':[{'text':'Hi'}]},{'role':'model','parts':[{'text':'Hm.','thought':true},{'text':'Ho'}]},{'role':'user','parts':[{'text':'And?'}]}]
      R 'input':[{'role':'user','content':'Hi'},{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'Hm.'}]},{'type':'message','id':'msg_1','role':'assistant','status':'completed','content':[{'type':'output_text','text':'Ho','annotations':[]}]},{'role':'user','content':'And?'}]
      A 'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':[{'type':'thinking','thinking':'Hm.','signature':''},{'type':'text','text':'Ho'}]},{'role':'user','content':'And?'}]
      B 'messages':[{'role':'user','content':[{'text':'Hi'}]},{'role':'assistant','content':[{'reasoningContent':{'reasoningText':{'text':'Hm.'}}},{'text':'Ho'}]},{'role':'user','content':[{'text':'And?'}]}]
      foreign_seal
      C 'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':'Ho','reasoning_details':[{'type':'reasoning.encrypted','data':'abcd','format':'anthropic-claude-v1','index':0}]},{'role':'user','content':'And?'}]
      R 'input':[{'role':'user','content':'Hi'},{'type':'reasoning','id':'rs_1','summary':[],'encrypted_content':'abcd'},{'type':'message','id':'msg_1','role':'assistant','status':'completed','content':[{'type':'output_text','text':'Ho','annotations':[]}]},{'role':'user','content':'And?'}]
      A 'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':[{'type':'thinking','thinking':'Hm.','signature':'abcd'},{'type':'text','text':'Ho'}]},{'role':'user','content':'And?'}]
      G 'contents':[{'role':'user','parts':[{'text':'Hi'}]},{'role':'model','parts':[{'text':'Ho','thoughtSignature':'abcd'}]},{'role':'user','parts':[{'text':'And?'}]}]
      B 'messages':[{'role':'user','content':[{'text':'Hi'}]},{'role':'assistant','content':[{'reasoningContent':{'reasoningText':{'text':'Hm.','signature':'abcd'}}},{'text':'Ho'}]},{'role':'user','content':[{'text':'And?'}]}]
      citation
      B 'messages':[{'role':'user','content':[{'text':'Hi'}]},{'role':'assistant','content':[{'citationsContent':{'content':[{'text':'Ho'}],'citations':[{'title':'E','location':{'web':{'url':'https://example.com'}}}]}}]},{'role':'user','content':[{'text':'And?'}]}]
      R 'input':[{'role':'user','content':'Hi'},{'type':'message','id':'msg_1','role':'assistant','status':'completed','content':[{'type':'output_text','text':'Ho','annotations':[{'type':'url_citation','url':'https://example.com','title':'E','start_index':0,'end_index':2}]}]},{'role':'user','content':'And?'}]
      A 'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':[{'type':'text','text':'Ho','citations':[{'type':'web_search_result_location','url':'https://example.com','title':'E','encrypted_index':'x','cited_text':'Ho'}]}]},{'role':'user','content':'And?'}]
      declined => I will not
      C 'messages':[{'role':'user','content':'Hi'},{'role':'assistant','refusal':'I will not.'},{'role':'user','content':'And?'}]
      R 'input':[{'role':'user','content':'Hi'},{'type':'message','id':'msg_1','role':'assistant','status':'completed','content':[{'type':'refusal','refusal':'I will not.'}]},{'role':'user','content':'And?'}]
      native_content
      C 'messages':[{'role':'user','content':[{'type':'text','text':'Hi'},{'type':'hologram'}]}]
      B 'messages':[{'role':'user','content':[{'text':'Hi'},{'hologram':{'a':1}}]}]
      R 'input':[{'role':'user','content':'Hi'},{'type':'web_search_call','id':'ws_1','status':'completed','action':{'type':'search','query':'x'}},{'role':'user','content':'And?'}]
      A 'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':[{'type':'server_tool_use','id':'srvtoolu_1','name':'web_search','input':{'query':'x'}},{'type':'web_search_tool_result','tool_use_id':'srvtoolu_1','content':[]},{'type':'text','text':'Ho'}]},{'role':'user','content':'And?'}]
      G 'contents':[{'role':'user','parts':[{'text':'Hi'}]},{'role':'model','parts':[{'executableCode':{'language':'PYTHON','code':'1'}},{'codeExecutionResult':{'outcome':'OUTCOME_OK','output':'1'}},{'text':'Ho'}]},{'role':'user','parts':[{'text':'And?'}]}]
      """;

  /**
   * One of them.
   *
   * @param trace what a request has in it that says it in another way; empty: nothing
   */
  record Case(Feature feature, DialectId from, String members, String trace) {
    JsonNode body() {
      return Crossing.asking(from, members);
    }

    @Override
    public String toString() {
      return feature.label() + " from " + from.label();
    }
  }

  private FeatureCases() {}

  static List<Case> all() {
    List<Case> all = new ArrayList<>();
    Feature feature = Feature.TOOLS;
    String trace = "";
    for (String line : CASES.lines().toList()) {
      if (Character.isLowerCase(line.charAt(0))) {
        int arrow = line.indexOf(" => ");
        trace = arrow < 0 ? "" : line.substring(arrow + " => ".length());
        String label = arrow < 0 ? line : line.substring(0, arrow);
        feature = Feature.valueOf(label.strip().toUpperCase(Locale.ROOT));
      } else {
        int space = line.indexOf(' ');
        for (char letter : line.substring(0, space).toCharArray()) {
          DialectId from = DIALECTS.get(String.valueOf(letter));
          all.add(
              new Case(
                  feature, java.util.Objects.requireNonNull(from), line.substring(space), trace));
        }
      }
    }
    return all;
  }

  /** What a request says of the feature, as text; null when it does not have it. */
  static @Nullable String of(Feature feature, ChatRequest request) {
    Sampling sampling = request.sampling();
    Thinking thinking = request.thinking();
    return switch (feature) {
      case LATE_INSTRUCTIONS -> late(request.messages());
      case TEMPERATURE -> text(sampling.temperature());
      case TOP_P -> text(sampling.topP());
      case TOP_K -> text(sampling.topK());
      case FREQUENCY_PENALTY -> text(sampling.frequencyPenalty());
      case PRESENCE_PENALTY -> text(sampling.presencePenalty());
      case SEED -> text(sampling.seed());
      case MAX_OUTPUT_TOKENS -> text(sampling.maxOutputTokens());
      case STOP -> sampling.stop().isEmpty() ? null : sampling.stop().toString();
      case CANDIDATES -> text(sampling.candidates());
      case TOOLS -> ofFunctions(request, tool -> tool.name() + tool.description() + tool.schema());
      case TOOL_STRICT -> ofFunctions(request, tool -> text(tool.strict(), true));
      case TOOL_DEFERRED -> ofFunctions(request, tool -> text(tool.deferred(), true));
      case TOOL_NAMESPACE ->
          ofFunctions(
              request, tool -> tool.namespace() == null ? null : tool.namespace() + tool.name());
      case FREEFORM_TOOL -> ofFreeform(request, tool -> tool.name() + tool.description());
      case TOOL_GRAMMAR ->
          ofFreeform(
              request,
              tool -> {
                JsonNode grammar = tool.grammar();
                return grammar == null ? null : grammar.findPath("definition").asText();
              });
      case NATIVE_TOOL, WEB_SEARCH_TOOL, TOOL_SEARCH_TOOL ->
          first(request.tools().stream(), tool -> tool instanceof Tool.Native ? "there" : null);
      case TOOL_CHOICE_NONE -> choice(request, ToolChoice.Mode.NONE);
      case TOOL_CHOICE_REQUIRED -> choice(request, ToolChoice.Mode.REQUIRED);
      case TOOL_CHOICE_NAMED -> choice(request, ToolChoice.Mode.NAMED);
      case TOOL_CHOICE_ALLOWED -> choice(request, ToolChoice.Mode.ALLOWED);
      case PARALLEL_TOOL_CALLS -> text(request.parallelToolCalls(), false);
      case THINKING_OFF ->
          thinking == null
              ? null
              : thinking.mode() == Thinking.Mode.OFF
                      || thinking.effort() == Thinking.Effort.NONE
                      || Integer.valueOf(0).equals(thinking.budgetTokens())
                  ? "off"
                  : null;
      case THINKING_EFFORT -> thinking == null ? null : text(thinking.effort());
      case THINKING_BUDGET ->
          thinking == null
              ? null
              : thinking.budgetTokens() == null
                  ? text(thinking.effort())
                  : text(thinking.budgetTokens());
      case THINKING_SHOWN -> thinking == null ? null : text(thinking.shown());
      case FORCED_TOOL_WITH_THINKING -> choice(request, ToolChoice.Mode.REQUIRED);
      case JSON_OBJECT ->
          request.outputFormat() instanceof OutputFormat.JsonObject ? "object" : null;
      case JSON_SCHEMA ->
          request.outputFormat() instanceof OutputFormat.JsonSchema schema
              ? schema.schema().toString()
              : null;
      case FORMAT_STRICT ->
          request.outputFormat() instanceof OutputFormat.JsonSchema schema
              ? text(!Boolean.FALSE.equals(schema.strict()), true)
              : null;
      case END_USER -> request.endUser();
      case SERVICE_TIER -> request.serviceTier();
      case CACHE_KEY -> request.cacheKey();
      case CACHE_MARK ->
          ofContent(request, content -> content.extras().cache() == null ? null : "marked");
      case CACHE_MARK_TTL ->
          ofContent(
              request,
              content -> content.extras().cache() == null ? null : content.extras().cache().ttl());
      case IMAGE_INLINE, DOCUMENT_INLINE, AUDIO_INLINE, VIDEO_INLINE ->
          ofMedia(request, feature, Content.Source.Inline.class);
      case IMAGE_URL, DOCUMENT_URL, AUDIO_URL, VIDEO_URL ->
          ofMedia(request, feature, Content.Source.Url.class);
      case DOCUMENT_TEXT -> ofMedia(request, feature, Content.Source.Words.class);
      case FILE_ID ->
          ofContent(
              request,
              content ->
                  content instanceof Content.Media media
                          && media.source() instanceof Content.Source.FileId file
                      ? file.id()
                      : null);
      case RESULT_MEDIA ->
          ofContent(
              request,
              content ->
                  content instanceof Content.ToolResult result
                      ? first(
                          result.content().stream(),
                          each ->
                              each instanceof Content.Media media
                                  ? media.source().toString()
                                  : null)
                      : null);
      case RESULT_FAILED ->
          ofContent(
              request,
              content ->
                  content instanceof Content.ToolResult result && result.failed()
                      ? "failed"
                      : null);
      case REASONING_TEXT ->
          ofContent(
              request,
              content ->
                  content instanceof Content.Reasoning reasoning && !reasoning.text().isEmpty()
                      ? reasoning.text()
                      : null);
      case REASONING_SEAL, FOREIGN_SEAL ->
          ofContent(
              request,
              content ->
                  content instanceof Content.Reasoning reasoning && reasoning.seal() != null
                      ? reasoning.seal().data()
                      : null);
      case CITATION ->
          ofContent(
              request,
              content ->
                  content instanceof Content.Text words && !words.citations().isEmpty()
                      ? "cited"
                      : null);
      case DECLINED ->
          ofContent(
              request,
              content -> content instanceof Content.Declined declined ? declined.text() : null);
      case NATIVE_CONTENT ->
          ofContent(request, content -> content instanceof Content.Native own ? own.type() : null);
      case ANSWER_REASONING,
          ANSWER_SEAL,
          ANSWER_CITATION,
          ANSWER_MEDIA,
          ANSWER_NATIVE,
          ANSWER_STOP_SEQUENCE,
          ANSWER_DECLINED,
          ANSWER_STOP_DETAILS,
          ANSWER_STOP_REASON,
          ANSWER_USAGE,
          ANSWER_CACHE_READ_TOKENS,
          ANSWER_CACHE_WRITE_TOKENS,
          ANSWER_REASONING_TOKENS,
          ANSWER_FREEFORM_CALL,
          ANSWER_HALF_CALL,
          ANSWER_CALL_ID,
          ANSWER_NAMELESS_CALL,
          ANSWER_CORRECTED_TEXT ->
          throw new IllegalArgumentException("of answers: " + feature);
    };
  }

  private static @Nullable String late(List<Message> messages) {
    boolean spoken = false;
    for (Message message : messages) {
      if (spoken && message.role().instructs()) {
        return message.content().toString();
      }
      spoken |= !message.role().instructs();
    }
    return null;
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }

  private static @Nullable String text(@Nullable Boolean value, boolean wanted) {
    return value != null && value == wanted ? value.toString() : null;
  }

  private static @Nullable String choice(ChatRequest request, ToolChoice.Mode mode) {
    ToolChoice choice = request.toolChoice();
    return choice == null || choice.mode() != mode ? null : choice.names().toString();
  }

  private static @Nullable String ofFunctions(
      ChatRequest request, Function<Tool.Function, @Nullable String> saying) {
    return first(
        request.tools().stream(),
        tool -> tool instanceof Tool.Function function ? saying.apply(function) : null);
  }

  private static @Nullable String ofFreeform(
      ChatRequest request, Function<Tool.Freeform, @Nullable String> saying) {
    return first(
        request.tools().stream(),
        tool -> tool instanceof Tool.Freeform freeform ? saying.apply(freeform) : null);
  }

  private static @Nullable String ofContent(
      ChatRequest request, Function<Content, @Nullable String> saying) {
    return first(
        request.messages().stream().flatMap(message -> message.content().stream()), saying);
  }

  private static @Nullable String ofMedia(
      ChatRequest request, Feature feature, Class<? extends Content.Source> source) {
    return ofContent(
        request,
        content ->
            content instanceof Content.Media media
                    && source.isInstance(media.source())
                    && feature.name().startsWith(media.kind().name())
                ? media.source().toString()
                : null);
  }

  private static <T> @Nullable String first(Stream<T> all, Function<T, @Nullable String> saying) {
    for (T each : (Iterable<T>) all::iterator) {
      String said = saying.apply(each);
      if (said != null) {
        return said;
      }
    }
    return null;
  }
}
