// Feign with feign-form: arguments and output as of ../curl.sh.
import feign.Feign;
import feign.Headers;
import feign.Param;
import feign.RequestLine;
import feign.form.FormData;
import feign.form.FormEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.regex.Pattern;

class FeignForm {
  interface Notary {
    @RequestLine("POST /v1/deposits")
    @Headers("Content-Type: multipart/form-data")
    String upload(@Param("metadata") FormData metadata, @Param("file") FormData file);

    @RequestLine("POST /v1/deposits")
    @Headers("Content-Type: application/json")
    String post(String json);

    @RequestLine("GET /v1/deposits/{id}/{proof}")
    byte[] get(@Param("id") String id, @Param("proof") String proof);

    @RequestLine("POST /v1/verify")
    @Headers("Content-Type: multipart/form-data")
    String verify(@Param("evidence") FormData evidence);
  }

  static Notary notary;

  public static void main(String[] args) throws Exception {
    var content = Files.readAllBytes(Path.of(args[2]));
    var out = Path.of(args[3]);
    notary = Feign.builder().encoder(new FormEncoder())
        .requestInterceptor(request -> request.header("Authorization", "Bearer " + args[1]).header("Prefer", "wait=30"))
        .target(Notary.class, args[0]);
    // Nanoseconds and the machine's own offset.
    var metadata = "{\"recordType\":\"interop.feign-form\",\"createdAt\":\"" + OffsetDateTime.now() + "\"}";
    // A part that is no file has no file name; as a String it would be text/plain.
    prove(out, "multipart", notary.upload(new FormData("application/json", null, metadata.getBytes("UTF-8")),
        new FormData("application/pdf", "借款合同.pdf", content)));
    prove(out, "json", notary.post("{\"metadata\":" + metadata + ",\"record\":{\"by\":\"feign-form\"}}"));
    prove(out, "digests", notary.post("{\"metadata\":" + metadata + ",\"digests\":{\"sha-256\":\"" + hex(content)
        + "\"},\"size\":" + content.length + ",\"mediaType\":\"application/pdf\"}"));
  }

  static void prove(Path out, String form, String deposited) throws Exception {
    var id = member(deposited, "id");
    var evidence = notary.get(id, "evidence");
    Files.write(out.resolve(form + ".evidence.json"), evidence);
    Files.write(out.resolve(form + ".pdf"), notary.get(id, "certificate"));
    var report = notary.verify(new FormData("application/json", "e.json", evidence));
    System.out.println(form + " " + id + " " + member(report, "verdict"));
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
