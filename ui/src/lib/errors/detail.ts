/** Returns the details of an error as a sentence, where there are any. */
import type { Detail } from "../contract";
import { spanInWords } from "../format";
import { m } from "../paraglide/messages";

export function detailInWords(detail: Detail | null | undefined, locale: string): string | null {
  switch (detail?.kind) {
    case "retry_after":
      return detail.seconds > 120
        ? m.common_retry_after_minutes({ count: Math.ceil(detail.seconds / 60) })
        : m.common_retry_after_seconds({ count: detail.seconds });
    case "clock_off": {
      const span = spanInWords(Math.abs(detail.minutes), locale);
      return detail.minutes > 0 ? m.common_clock_ahead({ span }) : m.common_clock_behind({ span });
    }
    case "certificate":
      return detail.issuer
        ? m.common_certificate_by({ host: detail.host, issuer: detail.issuer })
        : m.common_certificate_of({ host: detail.host });
    default:
      return null;
  }
}
