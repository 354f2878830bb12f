/** Times as the pages print them: Beijing time with its zone. */
import { formatTime, parseTime } from "../../../../core/record/time.js";

const BEIJING_MS = 8 * 3_600_000;
const LAST_MS = parseTime("9999-12-31T23:59:59.999Z");

/** RFC 3339 UTC as Beijing time with its zone; a time too late to be shifted stays in UTC, and says so. */
export function beijing(time: string, precision: "second" | "millisecond" = "millisecond"): string {
  const spelled = (text: string, zone: string) =>
    `${text.slice(0, 10)} ${text.slice(11, precision === "second" ? 19 : 23)} ${zone}`;
  const timeMs = parseTime(time);
  return timeMs > LAST_MS - BEIJING_MS
    ? spelled(time, "UTC")
    : spelled(formatTime(timeMs + BEIJING_MS), "UTC+08:00");
}

const DIGITS = "〇一二三四五六七八九";
const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);

/** The day of a time in Beijing: 二〇二六年十一月二十四日, 24 November 2026. */
export function beijingDay(time: string, language: "zh" | "en"): string {
  const [year = "", month = "", day = ""] = beijing(time).slice(0, 10).split("-");
  if (language === "en") return `${Number(day)} ${MONTHS[Number(month) - 1] ?? ""} ${year}`;
  const digits = Array.from(year, (digit) => DIGITS[Number(digit)]).join("");
  return `${digits}年${chineseNumber(Number(month))}月${chineseNumber(Number(day))}日`;
}

/** From 1 to 99: 二十四. */
const chineseNumber = (n: number): string =>
  `${n >= 20 ? DIGITS[Math.floor(n / 10)] : ""}${n >= 10 ? "十" : ""}${n % 10 === 0 ? "" : DIGITS[n % 10]}`;
