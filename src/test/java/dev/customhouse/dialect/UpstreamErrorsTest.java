package dev.customhouse.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.ErrorKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpstreamErrorsTest {
  private static ErrorKind kind(int status, String body) {
    return UpstreamErrors.classify(status, body.getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          400 | INSUFFICIENT_CREDIT | {"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}
          400 | INSUFFICIENT_CREDIT | {"type":"error","error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits."}}
          429 | INSUFFICIENT_CREDIT | {"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}
          402 | INSUFFICIENT_CREDIT | {"error":{"message":"Insufficient Balance"}}
          403 | INSUFFICIENT_CREDIT | {"error":{"message":"The account has insufficient balance left"}}
          400 | UNAUTHORIZED | {"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}
          400 | UNAUTHORIZED | {"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***"}
          401 | UNAUTHORIZED | {"detail":"Unauthorized"}
          """)
  void anErrorAboutOurAccountIsOneWhateverItsStatus(int status, ErrorKind kind, String body) {
    assertThat(kind(status, body)).isEqualTo(kind);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          400 | {"error":{"message":"Invalid value: 'insufficient_quota'. Supported values are: 'low' and 'high'."}}
          400 | {"error":{"message":"Unrecognized request argument supplied: invalid_api_key"}}
          400 | {"type":"error","error":{"type":"invalid_request_error","message":"incorrect api key: Extra inputs are not permitted"}}
          400 | {"type":"error","error":{"type":"invalid_request_error","message":"tools.0.name: 'insufficient credit' does not match"}}
          422 | {"detail":"the model 'invalid api key' is unknown"}
          """)
  void whatTheClientWroteIsNotTakenForWordsAboutOurAccount(int status, String body) {
    assertThat(kind(status, body)).isEqualTo(ErrorKind.INVALID_REQUEST);
  }
}
