// The HTTP client of the JDK, which writes no multipart itself: arguments and output as of ../curl.sh.
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.regex.Pattern;

class JdkClient {
  static String url, key;

  public static void main(String[] args) throws Exception {
    url = args[0];
    key = args[1];
    var content = Files.readAllBytes(Path.of(args[2]));
    var out = Path.of(args[3]);
    // Nanoseconds and the machine's own offset.
    var metadata = "{\"recordType\":\"interop.jdk\",\"createdAt\":\"" + OffsetDateTime.now() + "\"}";
    prove(out, "multipart", upload(metadata, content));
    prove(out, "json", post("{\"metadata\":" + metadata + ",\"record\":{\"by\":\"jdk\"}}"));
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

  // HTTP/2 is offered by an upgrade, as it does where it is not told otherwise.
  static final HttpClient client = HttpClient.newHttpClient();
  static final String BOUNDARY = "----cunzheng-interop";

  static byte[] send(HttpRequest.Builder request) throws Exception {
    request.header("Authorization", "Bearer " + key).header("Prefer", "wait=30");
    var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    if (answer.statusCode() >= 300) throw new IllegalStateException(answer + new String(answer.body()));
    return answer.body();
  }

  static byte[] get(String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(url + path)));
  }

  static String post(String json) throws Exception {
    var body = HttpRequest.BodyPublishers.ofString(json);
    var request = HttpRequest.newBuilder(URI.create(url + "/v1/deposits")).expectContinue(true).POST(body);
    return new String(send(request.header("Content-Type", "application/json; charset=UTF-8")));
  }

  static String upload(String metadata, byte[] content) throws Exception {
    var body = new ByteArrayOutputStream();
    part(body, "name=\"metadata\"", "application/json; charset=UTF-8", metadata.getBytes());
    part(body, "name=\"file\"; filename=\"loan.pdf\"", "application/pdf", content);
    return new String(form("/v1/deposits", body));
  }

  static String verify(byte[] evidence) throws Exception {
    var body = new ByteArrayOutputStream();
    part(body, "name=\"evidence\"; filename=\"e.json\"", "application/json", evidence);
    return new String(form("/v1/verify", body));
  }

  static void part(ByteArrayOutputStream body, String names, String type, byte[] content) throws Exception {
    body.write(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; " + names + "\r\nContent-Type: " + type + "\r\n\r\n").getBytes());
    body.write(content);
    body.write("\r\n".getBytes());
  }

  static byte[] form(String path, ByteArrayOutputStream body) throws Exception {
    body.write(("--" + BOUNDARY + "--\r\n").getBytes());
    var request = HttpRequest.newBuilder(URI.create(url + path));
    request.header("Content-Type", "multipart/form-data; charset=UTF-8; boundary=" + BOUNDARY);
    return send(request.POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())));
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
