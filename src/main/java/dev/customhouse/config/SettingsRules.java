package dev.customhouse.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Glob;
import dev.customhouse.secret.SecretResolver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What no schema can say of a file: that names which refer to each other exist, that nothing leads
 * in circles, that secrets are references. It reads values that the schema may have refused in
 * part, so that all problems of a file are told at once.
 */
final class SettingsRules {
  /** Provider id and type of the built-in provider. */
  static final String SANDBOX = "sandbox";

  /** Header fields that the connection owns. */
  private static final Set<String> CONNECTION_FIELDS =
      Set.of(
          "host",
          "connection",
          "content-length",
          "content-type",
          "transfer-encoding",
          "keep-alive",
          "upgrade",
          "te",
          "trailer",
          "expect",
          "accept-encoding",
          "content-encoding");

  /** A header field with one of these in its name carries credentials. */
  /** Two or three references with colons between them: the parts of an access key. */
  private static final Pattern PARTS = Pattern.compile("\\$\\{[^{}]*\\}(?::\\$\\{[^{}]*\\}){1,2}");

  private static final List<String> CREDENTIALS =
      List.of("authorization", "cookie", "token", "secret", "key", "password", "credential");

  private final SettingsSchema schema;
  private final Problems problems;
  private boolean literalsAllowed;

  SettingsRules(SettingsSchema schema, Problems problems) {
    this.schema = schema;
    this.problems = problems;
  }

  /** Adds the problems of a file's root. */
  void check(Value.Table root) {
    Value.Table gateway = section(root, "gateway");
    literalsAllowed = gateway.flag("allow_literal_secrets");
    checkGateway(gateway, root);
    section(root, "providers")
        .entries()
        .forEach((id, entry) -> {
          if (entry.value() instanceof Value.Table provider) {
            checkProvider(id, provider);
          }
        });
    checkModels(root);
    checkKeys(root);
  }

  /** A section of the file; empty when it is missing. */
  static Value.Table section(Value.Table parent, String key) {
    Value.Table section = parent.table(key);
    return section == null ? Value.Table.empty(parent.placeOf(key)) : section;
  }

  /** The type of a provider: the named one, else the id where that is a type; null otherwise. */
  static @Nullable String typeOf(String id, Value.Table provider, SettingsSchema schema) {
    if (provider.has("type")) {
      return provider.text("type");
    }
    return types(schema).contains(id) ? id : null;
  }

  private static List<String> types(SettingsSchema schema) {
    return SettingsSchema.texts(
        schema.root().at("/properties/providers/additionalProperties/properties/type/enum"));
  }

  private void checkGateway(Value.Table gateway, Value.Table root) {
    Value.Table listen = section(gateway, "listen");
    checkTls(listen);
    Value.Table admin = section(gateway, "admin").table("listen");
    if (admin != null) {
      checkTls(admin);
      Long adminPort = admin.number("port");
      Long port = SettingsBuilder.port(listen);
      if (adminPort != null && adminPort != 0 && adminPort.equals(port)) {
        problems.add(
            admin.placeOf("port"),
            "is " + adminPort + ", the port of gateway.listen; expected another port");
      }
    }
    checkHeaders(section(gateway, "telemetry"), "otlp_headers");
    if (gateway.has("downstream") && section(root, "providers").has("openai")) {
      problems.add(
          gateway.placeOf("downstream"),
          "is the short form of providers.openai, which is given as well; expected one of the two");
    }
  }

  private void checkTls(Value.Table listen) {
    Value.Table tls = listen.table("tls");
    if (tls != null
        && !tls.has("client_ca_file")
        && List.of("request", "require").contains(String.valueOf(tls.text("client_auth")))) {
      problems.add(
          tls.placeOf("client_auth"),
          "is \""
              + tls.text("client_auth")
              + "\", which needs the key \"client_ca_file\" beside it");
    }
  }

  private void checkProvider(String id, Value.Table provider) {
    String type = typeOf(id, provider, schema);
    if (type == null) {
      reportMissingType(id, provider);
    } else {
      checkType(id, type, provider);
    }
    boolean parts = "bedrock".equals(type);
    List<Value> keys = provider.items("api_keys");
    for (Value key : keys) {
      switch (key) {
        case Value.Text text -> checkSecret(text, parts);
        case Value.Table table when table.value("key") instanceof Value.Text text ->
            checkSecret(text, parts);
        default -> {}
      }
    }
    if (provider.value("credentials") instanceof Value.Text text) {
      checkSecret(text, parts);
    }
    checkWeights(keys, provider.placeOf("api_keys"));
    checkHeaders(provider, "headers");
  }

  private void reportMissingType(String id, Value.Table provider) {
    if (provider.has("type")) {
      return;
    }
    List<String> types = types(schema);
    List<String> later =
        SettingsSchema.texts(
            schema
                .root()
                .at(
                    "/properties/providers/additionalProperties/properties/type/x-unsupported-values"));
    problems.add(
        provider.place(),
        later.contains(id)
            ? SchemaCheck.notYet("the provider \"" + id + "\"")
            : "the id is no well-known provider"
                + Nearest.hint(id, types)
                + " and the key \"type\" is missing, expected one of "
                + String.join(", ", types));
  }

  private void checkType(String id, String type, Value.Table provider) {
    if (WellKnown.WITHOUT_BASE_URL.contains(type) && !provider.has("base_url")) {
      problems.add(
          provider.place(), "the key \"base_url\" is missing, which the type " + type + " needs");
    }
    if (type.equals("compatible") && !provider.has("dialect")) {
      problems.add(
          provider.place(),
          "the key \"dialect\" is missing, which the type compatible needs, expected "
              + SchemaCheck.expected(
                  (ObjectNode)
                      schema
                          .root()
                          .at("/properties/providers/additionalProperties/properties/dialect")));
    }
    if (!type.equals("compatible") && provider.has("dialect")) {
      problems.add(
          provider.placeOf("dialect"),
          "is given for the type " + type + ", expected only for the type compatible");
    }
    if (!type.equals("azure.ai.openai") && provider.has("api_version")) {
      problems.add(
          provider.placeOf("api_version"),
          "is given for the type " + type + ", expected only for the type azure.ai.openai");
    }
    checkCloud(type, provider);
    if (id.equals(SANDBOX) && !type.equals(SANDBOX)) {
      problems.add(
          provider.placeOf("type"),
          "is \""
              + type
              + "\", but the id sandbox belongs to the built-in provider; expected"
              + " another id");
    }
  }

  /** The keys of the clouds, which no other type takes. */
  private void checkCloud(String type, Value.Table provider) {
    only(type, provider, "region", List.of("bedrock"));
    only(type, provider, "project", List.of("vertex"));
    only(type, provider, "location", List.of("vertex"));
    only(type, provider, "credentials", List.of("bedrock", "vertex"));
    if (type.equals("vertex") && !provider.has("project")) {
      problems.add(provider.place(), "the key \"project\" is missing, which the type vertex needs");
    }
    if (provider.has("credentials") && provider.has("api_keys")) {
      problems.add(
          provider.placeOf("credentials"), "stands beside \"api_keys\"; expected one of the two");
    }
  }

  private void only(String type, Value.Table provider, String key, List<String> types) {
    if (provider.has(key) && !types.contains(type)) {
      problems.add(
          provider.placeOf(key),
          "is given for the type "
              + type
              + ", expected only for the type "
              + String.join(" or ", types));
    }
  }

  private void checkWeights(List<Value> values, Place place) {
    List<Long> weights = new ArrayList<>();
    for (Value value : values) {
      Long weight = value instanceof Value.Table table ? table.number("weight") : null;
      if (weight == null) {
        return;
      }
      weights.add(weight);
    }
    if (!weights.isEmpty() && weights.stream().allMatch(weight -> weight == 0)) {
      problems.add(place, "has the weight 0 everywhere, expected at least one weight above 0");
    }
  }

  private void checkHeaders(Value.Table owner, String key) {
    Set<String> seen = new HashSet<>();
    section(owner, key)
        .entries()
        .forEach((name, entry) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          if (CONNECTION_FIELDS.contains(lower)) {
            problems.add(entry.keyPlace(), "is a header field that the gateway writes itself");
          }
          if (!seen.add(lower)) {
            problems.add(entry.keyPlace(), "is a header field that stands twice, case apart");
          }
          if (entry.value() instanceof Value.Text text) {
            checkHeaderValue(lower, text);
          }
        });
  }

  private void checkHeaderValue(String name, Value.Text value) {
    if (SecretResolver.mentionsReference(value.text())) {
      SecretResolver.problem(value.text())
          .ifPresent(problem -> problems.add(value.place(), problem));
    } else if (!literalsAllowed && CREDENTIALS.stream().anyMatch(name::contains)) {
      reportLiteral(value.place());
    }
  }

  private void checkSecret(Value.Text secret) {
    checkSecret(secret, false);
  }

  /**
   * @param parts whether the secret may be of several references with colons between them
   */
  private void checkSecret(Value.Text secret, boolean parts) {
    if (!SecretResolver.mentionsReference(secret.text())) {
      if (!literalsAllowed) {
        reportLiteral(secret.place());
      }
      return;
    }
    Optional<String> problem = SecretResolver.problem(secret.text());
    if (problem.isPresent()) {
      problems.add(secret.place(), problem.get());
    } else if (!SecretResolver.isWholeReference(secret.text())
        && !(parts && PARTS.matcher(secret.text()).matches())) {
      problems.add(
          secret.place(), "has text around the reference, expected one reference and nothing else");
    }
  }

  private void reportLiteral(Place place) {
    problems.add(
        place,
        "is a literal secret (not shown here), expected a reference: "
            + SecretResolver.SUPPORTED.replace(" and ", " or ")
            + "; for development only, gateway.allow_literal_secrets: true accepts it");
  }

  private void checkModels(Value.Table root) {
    Map<String, Value.Table> models = section(root, "models").tables();
    ModelNames names = new ModelNames(models.keySet());
    boolean sandbox = section(root, "gateway").flag("sandbox");
    Set<String> providers = new HashSet<>(section(root, "providers").entries().keySet());
    if (section(root, "gateway").has("downstream")) {
      providers.add("openai");
    }
    if (sandbox) {
      providers.add(SANDBOX);
    }
    boolean providersKnown = !root.has("providers") || root.table("providers") != null;
    models.forEach((name, model) -> {
      if (name.contains("**")) {
        problems.add(model.place(), "has two * in a row, expected one");
      }
      if (model.has("targets") && model.has("model")) {
        problems.add(
            model.placeOf("model"), "stands beside \"targets\", expected within each target");
      }
      List<Value> targets = model.items("targets");
      checkWeights(targets, model.placeOf("targets"));
      List<Value.Table> ways = new ArrayList<>();
      ways.add(model);
      targets.forEach(target -> {
        if (target instanceof Value.Table table) {
          ways.add(table);
        }
      });
      for (Value.Table way : ways) {
        if (providersKnown) {
          checkProviderOf(way, providers);
        }
        checkStar(name, way);
      }
      Value.Table shadow = model.table("shadow");
      if (shadow != null) {
        checkShadow(name, shadow, names, sandbox, models.keySet());
      }
    });
    checkFallbacks(models, names, sandbox);
  }

  private void checkProviderOf(Value.Table way, Set<String> providers) {
    String provider = way.text("provider");
    if (provider == null || providers.contains(provider)) {
      return;
    }
    Place place = way.placeOf("provider");
    String quoted = SchemaCheck.quoted(provider);
    if (provider.equals(SANDBOX)) {
      problems.add(place, "is \"sandbox\", which gateway.sandbox: false has switched off");
    } else if (types(schema).contains(provider) && !WellKnown.WITHOUT_BASE_URL.contains(provider)) {
      problems.add(
          place,
          "is "
              + quoted
              + ", which is well-known but not declared, expected the line \""
              + provider
              + ": {}\" under providers");
    } else {
      problems.add(
          place,
          "is "
              + quoted
              + ", which is no provider of this file"
              + Nearest.hint(provider, providers)
              + ", expected one of "
              + String.join(", ", providers.stream().sorted().toList()));
    }
  }

  private void checkStar(String name, Value.Table way) {
    String model = way.text("model");
    if (model == null || !model.contains("*")) {
      return;
    }
    if (!model.equals(Settings.Target.STAR)) {
      problems.add(
          way.placeOf("model"),
          "is " + SchemaCheck.quoted(model) + ", expected a name without *, or \"*\" alone");
    } else if (new Glob(name).stars() != 1) {
      problems.add(
          way.placeOf("model"),
          "is \"*\", which stands for what the * of the model's name matches, but the name "
              + SchemaCheck.quoted(name)
              + " has "
              + new Glob(name).stars()
              + " of them, expected one");
    }
  }

  private void checkShadow(
      String name, Value.Table shadow, ModelNames names, boolean sandbox, Set<String> all) {
    String other = shadow.text("model");
    if (other == null) {
      return;
    }
    Optional<ModelNames.Match> match = names.find(other);
    if (match.isPresent() && match.get().name().equals(name)) {
      problems.add(
          shadow.placeOf("model"),
          "is " + SchemaCheck.quoted(other) + ", the model itself, expected another model");
    } else if (match.isEmpty() && !isSandbox(other, sandbox)) {
      reportUnknownModel(shadow.placeOf("model"), other, all);
    }
  }

  private static boolean isSandbox(String name, boolean sandbox) {
    return sandbox && name.startsWith(SANDBOX + "/");
  }

  private void reportUnknownModel(Place place, String name, Set<String> all) {
    problems.add(
        place,
        "is "
            + SchemaCheck.quoted(name)
            + ", which no model of this file serves"
            + Nearest.hint(name, all)
            + ", expected the name of a model");
  }

  private void checkFallbacks(Map<String, Value.Table> models, ModelNames names, boolean sandbox) {
    Map<String, List<Step>> steps = new HashMap<>();
    models.forEach((name, model) -> {
      List<Step> from = new ArrayList<>();
      for (Value.Text fallback : model.texts("fallbacks")) {
        String other = fallback.text();
        Optional<ModelNames.Match> match = names.find(other);
        if (other.contains("*")) {
          problems.add(
              fallback.place(),
              "is " + SchemaCheck.quoted(other) + ", expected a model's name without *");
        } else if (match.isPresent()) {
          from.add(new Step(match.get().name(), fallback));
        } else if (!isSandbox(other, sandbox)) {
          reportUnknownModel(fallback.place(), other, models.keySet());
        }
      }
      steps.put(name, from);
    });
    Set<String> done = new HashSet<>();
    models.keySet().forEach(name -> follow(name, steps, done));
  }

  /** One fallback: the model that it leads to and where it is written. */
  private record Step(String model, Value.Text written) {}

  /**
   * Reports the fallbacks that lead back to a model on the way to them: a search in depth, with a
   * stack of its own because the way may be long.
   */
  private void follow(String start, Map<String, List<Step>> steps, Set<String> done) {
    SequencedSet<String> way = new LinkedHashSet<>();
    Deque<Iterator<Step>> open = new ArrayDeque<>();
    if (done.add(start)) {
      way.add(start);
      open.push(steps.getOrDefault(start, List.of()).iterator());
    }
    while (!open.isEmpty()) {
      if (!open.getFirst().hasNext()) {
        open.pop();
        way.removeLast();
        continue;
      }
      Step step = open.getFirst().next();
      if (way.contains(step.model())) {
        reportCircle(step, way);
      } else if (done.add(step.model())) {
        way.add(step.model());
        open.push(steps.getOrDefault(step.model(), List.of()).iterator());
      }
    }
  }

  private void reportCircle(Step step, SequencedSet<String> way) {
    List<String> circle =
        new ArrayList<>(way.stream().dropWhile(name -> !name.equals(step.model())).toList());
    circle.add(step.model());
    problems.add(
        step.written().place(),
        "is "
            + SchemaCheck.quoted(step.written().text())
            + ", which leads in a circle ("
            + String.join(" -> ", circle)
            + "), expected fallbacks that end");
  }

  private void checkKeys(Value.Table root) {
    Map<String, Place> names = new HashMap<>();
    Map<String, Place> secrets = new HashMap<>();
    for (Value item : root.items("keys")) {
      if (!(item instanceof Value.Table key)) {
        continue;
      }
      if (key.value("name") instanceof Value.Text name) {
        Place earlier = names.putIfAbsent(name.text(), name.place());
        if (earlier != null) {
          problems.add(
              name.place(),
              "is \""
                  + name.text()
                  + "\", the name of the key in line "
                  + earlier.line()
                  + ", expected a name of its own");
        }
      }
      for (Value.Text glob : key.texts("models")) {
        if (glob.text().contains("**")) {
          problems.add(glob.place(), "has two * in a row, expected one");
        }
      }
      if (key.value("key") instanceof Value.Text secret) {
        checkSecret(secret);
        Place earlier = secrets.putIfAbsent(secret.text(), secret.place());
        if (earlier != null) {
          problems.add(
              secret.place(),
              "is the secret of the key in line " + earlier.line() + ", expected one of its own");
        }
      }
    }
  }
}
