// Apache HttpClient 4: arguments and output as of ../curl.sh.
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.client.methods.HttpUriRequest;
import org.apache.http.entity.ContentType;
import org.apache.http.entity.StringEntity;
import org.apache.http.entity.mime.HttpMultipartMode;
import org.apache.http.entity.mime.MultipartEntityBuilder;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;

class Apache4 {
  static String url, key;

  public static void main(String[] args) throws Exception {
    url = args[0];
    key = args[1];
    var content = Files.readAllBytes(Path.of(args[2]));
    var out = Path.of(args[3]);
    // Nanoseconds and the machine's own offset.
    var metadata = "{\"recordType\":\"interop.apache4\",\"createdAt\":\"" + OffsetDateTime.now() + "\"}";
    prove(out, "multipart", upload(metadata, content));
    prove(out, "json", post("{\"metadata\":" + metadata + ",\"record\":{\"by\":\"apache4\"}}"));
    prove(out, "digests", post("{\"metadata\":" + metadata + ",\"digests\":{\"sha-256\":\"" + hex(content)
        + "\"},\"size\":" + content.length + ",\"mediaType\":\"application/pdf\"}"));
  }

  static void prove(Path out, String form, String deposited) throws Exception {
    var id = member(deposited, "id");
    var evidence = get("/v1/deposits/" + id + "/evidence");
    Files.write(out.resolve(form + ".evidence.json"), evidence);
    Files.write(out.resolve(form + ".pdf"), get("/v1/deposits/" + id + "/certificate"));
    System.out.println(form + " " + id + " " + member(verify(evidence), "verdict"));
  }

  static final CloseableHttpClient client = HttpClients.createDefault();

  static byte[] send(HttpUriRequest request) throws Exception {
    request.addHeader("Authorization", "Bearer " + key);
    request.addHeader("Prefer", "wait=30");
    try (var answer = client.execute(request)) {
      var body = EntityUtils.toByteArray(answer.getEntity());
      if (answer.getStatusLine().getStatusCode() < 300) return body;
      throw new IllegalStateException(answer + new String(body));
    }
  }

  static byte[] get(String path) throws Exception {
    return send(new HttpGet(url + path));
  }

  static String post(String json) throws Exception {
    var request = new HttpPost(url + "/v1/deposits");
    request.setEntity(new StringEntity(json, ContentType.APPLICATION_JSON));
    return new String(send(request));
  }

  // With a charset, the builder says it in the Content-Type of the whole.
  static MultipartEntityBuilder form() {
    return MultipartEntityBuilder.create().setMode(HttpMultipartMode.RFC6532).setCharset(StandardCharsets.UTF_8);
  }

  static String upload(String metadata, byte[] content) throws Exception {
    var request = new HttpPost(url + "/v1/deposits");
    request.setEntity(form().addTextBody("metadata", metadata, ContentType.APPLICATION_JSON)
        .addBinaryBody("file", content, ContentType.create("application/pdf"), "借款合同.pdf").build());
    return new String(send(request));
  }

  static String verify(byte[] evidence) throws Exception {
    var request = new HttpPost(url + "/v1/verify");
    request.setEntity(form().addBinaryBody("evidence", evidence, ContentType.APPLICATION_JSON, "e.json").build());
    return new String(send(request));
  }

  static String hex(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }

  static String member(String json, String name) {
    var found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
    if (!found.find()) throw new IllegalStateException(json);
    return found.group(1);
  }
}
