/** What an error says beyond its code, as a sentence, where there is one. */
import type { Detail } from "../contract";
import { spanInWords } from "../format";
import type { Texts } from "../texts/en";

export function detailInWords(
  detail: Detail | null | undefined,
  texts: Texts,
  locale: string,
): string | null {
  switch (detail?.kind) {
    case "retry_after":
      return texts.common.retryAfter(detail.seconds);
    case "clock_off": {
      const span = spanInWords(Math.abs(detail.minutes), locale);
      return detail.minutes > 0 ? texts.common.clockAhead(span) : texts.common.clockBehind(span);
    }
    case "certificate":
      return texts.common.certificateOf(detail.host, detail.issuer);
    default:
      return null;
  }
}
