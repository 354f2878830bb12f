/**
 * Every way this service says no over HTTP: one table from code to status and wording. No other file knows statuses.
 * Problem documents are RFC 9457's; `type` leads to `/problems/<code>`, whose page is made of the same table.
 */
import type { ParseErrorCode } from "../../core/errors.js";
import type { RefusalCode } from "../../notary/model/refusal.js";

/** These codes only the transport can refuse with. */
export type HttpCode =
  | "body-incomplete"
  | "body-too-large"
  | "content-encoding-unsupported"
  | "content-type-unsupported"
  | "expectation-unknown"
  | "head-too-large"
  | "header-malformed"
  | "header-missing"
  | "http-malformed"
  | "internal-error"
  | "method-not-allowed"
  | "multipart-malformed"
  | "not-acceptable"
  | "not-found"
  | "path-malformed"
  | "query-invalid"
  | "quota-exceeded"
  | "request-timeout"
  | "store-away"
  | "unauthenticated";

export type ProblemCode = HttpCode | RefusalCode | ParseErrorCode;

export interface ProblemType {
  readonly status: number;
  readonly en: string;
  readonly zh: string;
  /** The remedy says what the caller can do about it, where the title does not say. */
  readonly remedy?: { readonly en: string; readonly zh: string };
}

const problem = (status: number, en: string, zh: string): ProblemType => ({ status, en, zh });

export const PROBLEMS: Readonly<Record<ProblemCode, ProblemType>> = {
  // The transport.
  "body-incomplete": problem(400, "The body ended before it was complete", "请求体在完整到达之前中断"),
  "body-too-large": problem(413, "The body is over the limit", "请求体超过上限"),
  "content-encoding-unsupported": problem(
    415,
    "The body comes in a coding not taken here",
    "不支持该内容编码",
  ),
  "content-type-unsupported": problem(415, "The body is of a media type not taken here", "不支持该内容类型"),
  "expectation-unknown": problem(417, "The request expects what is not known here", "无法满足 Expect 请求头"),
  "head-too-large": problem(431, "The request's header fields are over the limit", "请求头超过上限"),
  "header-malformed": problem(400, "A header is not spelled as it must be", "请求头格式不正确"),
  "header-missing": problem(400, "A header that this request needs is missing", "缺少必需的请求头"),
  "http-malformed": problem(400, "Not a request of HTTP", "不是有效的 HTTP 请求"),
  "internal-error": problem(500, "The fault is ours", "服务内部错误"),
  "method-not-allowed": problem(405, "The resource has no such method", "该资源不支持此方法"),
  "multipart-malformed": problem(
    400,
    "The multipart body is not as it must be",
    "multipart 请求体格式不正确",
  ),
  "not-acceptable": problem(
    406,
    "The resource comes in no media type that was asked for",
    "无法提供所要求的媒体类型",
  ),
  "not-found": problem(404, "Nothing lies at this path", "该路径不存在"),
  "path-malformed": problem(400, "The path is not spelled as it must be", "路径格式不正确"),
  "query-invalid": problem(400, "A query parameter is not as described", "查询参数不符合接口说明"),
  "quota-exceeded": {
    ...problem(429, "The caller has its share of this service under way", "已达到该调用方的用量份额"),
    remedy: {
      en: "Nothing was taken; ask again after retryAfterSeconds, with less at one time",
      zh: "本次请求未被接收；请按 retryAfterSeconds 稍后重试，并减少同时进行的请求",
    },
  },
  "request-timeout": problem(408, "The request came too slowly", "请求传输超时"),
  "store-away": {
    ...problem(503, "The service's store does not answer", "服务的存储无应答"),
    remedy: {
      en: "Whether the request had an effect is not known: send the same one again after retryAfterSeconds, a deposit under the same Idempotency-Key",
      zh: "本次请求是否生效尚不可知；请按 retryAfterSeconds 稍后以相同内容重发，存证请求须使用相同的 Idempotency-Key",
    },
  },
  unauthenticated: problem(401, "An API key is needed", "需要 API 密钥"),

  // The notary's use cases.
  "api-key-unknown": problem(401, "The API key is unknown", "API 密钥不存在"),
  "api-key-revoked": problem(401, "The API key was revoked", "API 密钥已被吊销"),
  "api-key-not-found": problem(404, "No API key has this id", "没有此编号的 API 密钥"),
  "role-insufficient": problem(403, "The API key's role may not do this", "API 密钥的角色无权执行此操作"),
  "organisation-unknown": problem(404, "The organisation is not known here", "机构不存在"),
  "request-invalid": problem(
    400,
    "The request contradicts itself or asks for what cannot be",
    "请求内容不成立",
  ),
  "content-too-large": problem(413, "The content is over the limit", "内容超过上限"),
  "content-mismatch": problem(422, "The content is not what was said of it", "内容与声明不符"),
  "deposit-unknown": problem(404, "No deposit has this id", "没有此编号的存证"),
  "deposit-of-another-organisation": problem(
    403,
    "The deposit is another organisation's",
    "该存证属于其他机构",
  ),
  "chain-unknown": problem(404, "No evidence chain has this id", "没有此编号的证据链"),
  "chain-of-another-organisation": problem(
    403,
    "The chain is another organisation's",
    "该证据链属于其他机构",
  ),
  "chain-sequence-mismatch": problem(409, "The sequence does not follow in its chain", "证据链序号不连续"),
  "chain-held": {
    ...problem(
      409,
      "Deposits of this chain may have been lost: show its last link",
      "该证据链可能有存证遗失，须先出示末环",
    ),
    remedy: {
      en: "The service was restored from a backup: send the chain's last evidence or receipt to POST /v1/chains/{id}/resume, or say that there was nothing after the link it knows",
      zh: "本服务曾由备份恢复：请将该链最后一份证据或回执提交至 POST /v1/chains/{id}/resume，或声明其后并无存证",
    },
  },
  "chain-link-invalid": problem(422, "The chain's link is not proved", "所出示的链环未获证明"),
  "chain-link-contradicts": problem(
    409,
    "Another link stands at this place in the chain",
    "该位置上已有另一链环",
  ),
  "idempotency-key-reused": problem(
    422,
    "The idempotency key was used with other content",
    "幂等键已用于其他内容",
  ),
  "quorum-unreachable": problem(
    409,
    "This depositor's deposits could never become final",
    "按现行信任文件，该存证人的存证无法达到共签足数",
  ),
  "original-not-kept": problem(404, "The content was not retained", "原始记录未留存"),
  "not-final": {
    ...problem(409, "The deposit is not final yet", "存证尚未达到共签足数"),
    remedy: {
      en: "A deposit is usually final within about a second: ask again after retryAfterSeconds, or send Prefer: wait=10",
      zh: "存证通常在约一秒内足数；请按 retryAfterSeconds 稍后重试，或加请求头 Prefer: wait=10",
    },
  },
  "certificates-unavailable": problem(
    503,
    "The service cannot sign certificates now",
    "服务目前无法签发证书",
  ),
  "certificate-issue-unknown": problem(
    404,
    "There is no such issue of this certificate",
    "该证书没有这一次签发",
  ),
  "certificate-issues-exhausted": problem(
    409,
    "This certificate is not issued anew any more",
    "该证书的签发次数已达上限",
  ),
  "language-unknown": problem(400, "Certificates are not made in this language", "不支持该语言的证书"),
  "ledger-resource-unknown": problem(404, "The ledger has no such resource", "账本中没有该资源"),
  "storage-full": problem(507, "There is no room to store this durably", "存储空间不足"),
  overloaded: problem(503, "Too much is being asked at once", "请求过多"),
  "worker-away": problem(503, "The process that records and signs does not answer", "登记与签名进程无应答"),
  stopping: problem(503, "The service is stopping", "服务正在停止"),

  // Halts: what this service for the time being neither takes nor signs.
  "clock-wrong": {
    ...problem(503, "This service's clock is wrong: it signs no times", "本服务时钟不准，暂不签署时间"),
    remedy: {
      en: "Nothing was taken; the service goes on by itself when its clock is right again: ask again after retryAfterSeconds",
      zh: "本次请求未被接收；时钟恢复正常后服务自动继续，请按 retryAfterSeconds 稍后重试",
    },
  },

  "ledger-behind": {
    ...problem(
      503,
      "This service's store is behind what its log has signed",
      "本服务的存储落后于其账本已签署的内容",
    ),
    remedy: {
      en: "Nothing was taken; the operator has to run cunzheng recover (docs/operation.md)",
      zh: "本次请求未被接收；须由运营者运行 cunzheng recover（见 docs/operation.md）",
    },
  },
  "ledger-unconfirmed": {
    ...problem(
      503,
      "Enough nodes have not said yet what they have cosigned",
      "尚待足够的节点说明其已共签的内容",
    ),
    remedy: {
      en: "Nothing was taken; the service goes on by itself: ask again after retryAfterSeconds",
      zh: "本次请求未被接收；服务将自动继续，请按 retryAfterSeconds 稍后重试",
    },
  },

  // Changes of the consortium.
  "origin-mismatch": problem(422, "Of another ledger", "属于另一账本"),
  "signature-invalid": problem(422, "A signature does not verify", "签名未通过核验"),
  "change-of-other-trust-file": problem(
    409,
    "The change is of another trust file than the one in force",
    "变更所依据的信任文件不是现行信任文件",
  ),
  "change-names-unknown": problem(422, "The change names what is not there", "变更所指的对象不存在"),
  "change-names-existing": problem(422, "The change adds what is there already", "变更所增加的对象已存在"),
  "change-empty": problem(422, "The change changes nothing", "变更没有改变任何内容"),
  "change-breaks-trust-file": problem(422, "The trust file would be broken", "变更后的信任文件无效"),
  "change-leaves-no-key": problem(422, "Somebody would be left without a key", "变更后将无可用密钥"),
  "change-quorum-unreachable": problem(
    422,
    "The quorum that comes of it could never be met",
    "变更后的共签门槛永远无法达到",
  ),
  "change-quorum-splits": problem(
    422,
    "Two quorums without a common member would exist",
    "变更后可能出现两组互不相交却各自足数的机构",
  ),
  "change-backdated": problem(
    422,
    "What is new would count for trees without the change",
    "新增内容的起算早于该变更入账",
  ),
  "change-result-differs": problem(
    422,
    "The change leads to another trust file than it says",
    "变更所得的信任文件与其声明不符",
  ),
  "change-too-large": problem(413, "No entry of the ledger holds this change", "变更超过账本条目的上限"),
  "change-not-canonical": problem(400, "The change is not its own RFC 8785 form", "变更不是规范写法"),
  "change-retires-key-in-use": problem(
    409,
    "This notary signs with the key that the change retires",
    "变更要停用的密钥正由本服务使用",
  ),
  "approval-unknown": problem(
    422,
    "An approval by a key that the trust file does not name",
    "批准所用的密钥不在信任文件之中",
  ),
  "approval-repeated": problem(422, "One key approves twice", "同一密钥重复批准"),
  "approvals-insufficient": problem(
    409,
    "The quorum in force has not approved the change",
    "现行共签门槛尚未批准该变更",
  ),

  // Core's parsers.
  "file-too-large": problem(413, "A file larger than any of its kind", "文件过大"),
  "base64-invalid": problem(400, "Not canonical base64", "base64 不是规范写法"),
  "hex-invalid": problem(400, "Not lower-case hexadecimal", "不是小写十六进制"),
  "utf8-invalid": problem(400, "Not UTF-8", "不是有效的 UTF-8"),
  "json-byte-order-mark": problem(400, "The JSON begins with a byte order mark", "JSON 以字节序标记开头"),
  "json-syntax": problem(400, "Not JSON", "JSON 语法错误"),
  "json-trailing-bytes": problem(400, "Bytes follow the JSON value", "JSON 值之后有多余内容"),
  "json-duplicate-key": problem(400, "A name stands twice in one JSON object", "JSON 对象中有重复的成员名"),
  "json-lone-surrogate": problem(
    400,
    "A string holds half of a surrogate pair",
    "字符串中有不成对的代理码元",
  ),
  "json-number-altered": problem(
    400,
    "A number would change its value in a double",
    "数值超出双精度所能准确表示",
  ),
  "json-number-not-canonical": problem(
    400,
    "A number is not spelled as RFC 8785 writes it",
    "数字不是规范写法",
  ),
  "json-too-deep": problem(400, "The JSON is nested too deep", "JSON 嵌套过深"),
  "json-too-many-values": problem(400, "The JSON holds too many values", "JSON 的值过多"),
  "json-too-many-members": problem(400, "An object of the JSON has too many members", "JSON 对象的成员过多"),
  "list-too-long": problem(400, "A list has too many entries", "列表项过多"),
  "time-invalid": problem(400, "Not a time in RFC 3339 UTC with milliseconds", "时间格式不正确"),
  "id-invalid": problem(400, "Not an id of the kind asked for", "编号格式不正确"),
  "member-missing": problem(400, "A required member is missing", "缺少必需的成员"),
  "member-unknown": problem(400, "A member that has no place here", "出现未定义的成员"),
  "type-unknown": problem(400, "The `type` is another format's", "未知的类型"),
  "value-type": problem(400, "A value is of another JSON type", "值的类型不正确"),
  "value-range": problem(400, "A value is outside what is allowed", "值超出允许范围"),
  "digest-length": problem(400, "A digest is of the wrong length", "摘要长度不正确"),
  "digest-algorithm": problem(400, "A digest is of an algorithm not taken here", "不支持该摘要算法"),
  "note-malformed": problem(400, "Not a signed note", "签名文本格式不正确"),
  "note-signature-malformed": problem(400, "A signature line is malformed", "签名行格式不正确"),
  "note-too-many-signatures": problem(400, "A note carries too many signatures", "签名行过多"),
  "note-line-too-long": problem(400, "A line of a note is too long", "签名文本的行过长"),
  "vkey-malformed": problem(400, "Not a verifier key", "核验公钥格式不正确"),
  "vkey-type-unknown": problem(400, "A verifier key of an unknown type", "未知的核验公钥类型"),
  "key-weak": problem(400, "A public key that proves nothing", "不安全的公钥"),
  "checkpoint-malformed": problem(400, "Not a checkpoint", "检查点格式不正确"),
  "checkpoint-extension": problem(400, "A checkpoint with extension lines", "检查点含扩展行"),
  "cosignature-malformed": problem(400, "Not a cosignature", "共签格式不正确"),
  "cosignature-time": problem(400, "A cosignature's time is beyond what can be written", "共签时间超出范围"),
  "input-unused": problem(400, "Given for a file that has no use for it", "所给内容对该文件没有用处"),
  "request-malformed": problem(400, "Not a request of the protocol", "协议请求格式不正确"),
  "tile-malformed": problem(400, "Not a tile, or not its path", "数据块或其路径格式不正确"),
  "proof-malformed": problem(400, "Not a proof", "证明格式不正确"),
  "receipt-malformed": problem(400, "Not a receipt", "回执格式不正确"),
  "organisation-duplicate": problem(400, "An organisation is named twice", "机构重复"),
  "credit-code-duplicate": problem(400, "Two organisations have one credit code", "信用代码重复"),
  "key-reused": problem(400, "One key stands under two names", "同一公钥用于两个名称"),
  "vkey-mismatch": problem(400, "A verifier key does not fit its name or id", "核验公钥与名称不符"),
  "quorum-invalid": problem(400, "A quorum that nothing could fail", "共签门槛无效"),
  "pem-malformed": problem(400, "Not the PEM of one X.509 certificate", "不是单个 X.509 数字证书的 PEM"),
  "x509-malformed": problem(400, "Not an X.509 certificate", "不是 X.509 数字证书"),
};

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

export interface ProblemDetail {
  readonly field?: string;
  readonly got?: string;
  readonly want?: string;
  readonly retryAfterSeconds?: number;
}

/** An `HttpRefusal` is the transport's own no. */
export class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";
  readonly code: HttpCode;
  readonly detail: ProblemDetail;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: HttpCode,
    message: string,
    detail: ProblemDetail = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.code = code;
    this.detail = detail;
    this.headers = headers;
  }
}
