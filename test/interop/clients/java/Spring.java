// Spring's RestTemplate: arguments and output as of ../curl.sh.
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.http.HttpEntity;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.client.RestTemplate;

class Spring {
  static String url, key;

  public static void main(String[] args) throws Exception {
    url = args[0];
    key = args[1];
    var content = Files.readAllBytes(Path.of(args[2]));
    var out = Path.of(args[3]);
    // Nanoseconds and the machine's own offset.
    var metadata = "{\"recordType\":\"interop.spring\",\"createdAt\":\"" + OffsetDateTime.now() + "\"}";
    prove(out, "multipart", upload(metadata, content));
    prove(out, "json", post("{\"metadata\":" + metadata + ",\"record\":{\"by\":\"spring\"}}"));
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

  static final RestTemplate client = new RestTemplate();

  static HttpHeaders headers(MediaType type) {
    var headers = new HttpHeaders();
    headers.setBearerAuth(key);
    headers.set("Prefer", "wait=30");
    headers.setContentType(type);
    return headers;
  }

  // Evidence is asked for as JSON, since it is to become a map; a certificate as bytes.
  static byte[] get(String path) throws Exception {
    var kind = path.endsWith("evidence") ? Map.class : byte[].class;
    var got = client.exchange(url + path, HttpMethod.GET, new HttpEntity<>(headers(null)), kind).getBody();
    return got instanceof byte[] bytes ? bytes : new ObjectMapper().writeValueAsBytes(got);
  }

  static String post(String json) throws Exception {
    return client.postForObject(url + "/v1/deposits", new HttpEntity<>(json, headers(MediaType.APPLICATION_JSON)), String.class);
  }

  static ByteArrayResource named(byte[] content, String name) {
    return new ByteArrayResource(content) {
      @Override
      public String getFilename() {
        return name;
      }
    };
  }

  static String form(String path, LinkedMultiValueMap<String, Object> parts) {
    return client.postForObject(url + path, new HttpEntity<>(parts, headers(MediaType.MULTIPART_FORM_DATA)), String.class);
  }

  static String upload(String metadata, byte[] content) throws Exception {
    var json = new HttpHeaders();
    json.setContentType(MediaType.APPLICATION_JSON);
    var parts = new LinkedMultiValueMap<String, Object>();
    parts.add("metadata", new HttpEntity<>(metadata, json));
    parts.add("file", named(content, "借款合同.pdf"));
    return form("/v1/deposits", parts);
  }

  static String verify(byte[] evidence) throws Exception {
    var parts = new LinkedMultiValueMap<String, Object>();
    parts.add("evidence", named(evidence, "e.json"));
    return form("/v1/verify", parts);
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
