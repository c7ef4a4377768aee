package dev.customhouse.provider.bedrock;

import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.UpstreamRequest;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * AWS Signature Version 4
 * (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). Signed are
 * the method, the path, the query, the body, and of the header fields {@code host}, {@code
 * content-type} and those that begin with {@code x-amz-}.
 */
final class AwsSignature {
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final String SCOPE_END = "aws4_request";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int DATE_CHARS = "yyyyMMdd".length();
  private static final int HTTPS_PORT = 443;
  private static final int HTTP_PORT = 80;

  private final String region;
  private final String service;
  private final InstantSource clock;

  /** Signatures for a service in a region. */
  AwsSignature(String region, String service, InstantSource clock) {
    this.region = region;
    this.service = service;
    this.clock = clock;
  }

  /** The request signed; an older signature is replaced. */
  UpstreamRequest signed(UpstreamRequest request, AwsKey.Access key) {
    String time = TIME.format(clock.instant());
    Headers.Builder headers =
        request.headers().toBuilder().remove("authorization").set("x-amz-date", time);
    if (key.sessionToken() == null) {
      headers.remove("x-amz-security-token");
    } else {
      headers.set("x-amz-security-token", key.sessionToken());
    }
    Map<String, String> signed = signedFields(request.uri(), headers.build());
    String names = String.join(";", signed.keySet());
    String scope = String.join("/", time.substring(0, DATE_CHARS), region, service, SCOPE_END);
    String toSign =
        String.join("\n", ALGORITHM, time, scope, hex(sha256(canonical(request, signed, names))));
    headers.add(
        "authorization",
        "%s Credential=%s/%s, SignedHeaders=%s, Signature=%s"
            .formatted(ALGORITHM, key.id(), scope, names, signature(key.secret(), time, toSign)));
    return request.with(headers.build());
  }

  private String signature(String secret, String time, String toSign) {
    byte[] key = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
    for (String part : List.of(time.substring(0, DATE_CHARS), region, service, SCOPE_END)) {
      key = hmac(key, part);
    }
    return hex(hmac(key, toSign));
  }

  private static byte[] canonical(
      UpstreamRequest request, Map<String, String> signed, String names) {
    StringBuilder canonical = new StringBuilder(512);
    canonical.append(request.method()).append('\n');
    canonical.append(path(request.uri())).append('\n');
    canonical.append(query(request.uri())).append('\n');
    signed.forEach((name, value) -> canonical.append(name).append(':').append(value).append('\n'));
    canonical.append('\n').append(names).append('\n').append(hex(sha256(request.body())));
    return canonical.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, String> signedFields(URI uri, Headers headers) {
    Map<String, String> signed = new TreeMap<>();
    signed.put("host", host(uri));
    for (int i = 0; i < headers.size(); i++) {
      String name = headers.nameAt(i).toLowerCase(Locale.ROOT);
      if (name.equals("content-type") || name.startsWith("x-amz-")) {
        String value = headers.valueAt(i).strip().replaceAll(" {2,}", " ");
        signed.merge(name, value, (before, more) -> before + "," + more);
      }
    }
    return signed;
  }

  private static String host(URI uri) {
    int port = uri.getPort();
    boolean usual = port < 0 || port == ("https".equals(uri.getScheme()) ? HTTPS_PORT : HTTP_PORT);
    return usual ? uri.getHost() : uri.getHost() + ":" + port;
  }

  /** All services but S3 encode the path of the request once more. */
  private static String path(URI uri) {
    String raw = uri.getRawPath();
    if (raw == null || raw.isEmpty()) {
      return "/";
    }
    return encoded(raw).replace("%2F", "/");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private static String query(URI uri) {
    String raw = uri.getRawQuery();
    if (raw == null || raw.isEmpty()) {
      return "";
    }
    List<String> pairs = new ArrayList<>();
    for (String pair : raw.split("&", -1)) {
      pairs.add(pair.indexOf('=') < 0 ? pair + "=" : pair);
    }
    Collections.sort(pairs);
    return String.join("&", pairs);
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
