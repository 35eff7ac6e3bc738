import { expect, test } from "vitest";

import { speaking } from "../../tests/messages";
import { detailInWords } from "./detail";

test.each([
  [1, "Try again in 1 second.", "Erneut möglich in 1 Sekunde."],
  [120, "Try again in 120 seconds.", "Erneut möglich in 120 Sekunden."],
  [121, "Try again in 3 minutes.", "Erneut möglich in 3 Minuten."],
  [86_400, "Try again in 1440 minutes.", "Erneut möglich in 1440 Minuten."],
])("a wait of %s seconds is said in words that fit the number", (seconds, english, german) => {
  const detail = { kind: "retry_after", seconds } as const;
  expect(detailInWords(detail, speaking("en"))).toBe(english);
  expect(detailInWords(detail, speaking("de"))).toBe(german);
});

test("a certificate is said with its issuer where one is known", () => {
  const certificate = (issuer: string | null) =>
    detailInWords({ kind: "certificate", host: "settings.test", issuer }, speaking("en"));
  expect(certificate("Example CA")).toBe("The certificate of settings.test was issued by “Example CA”.");
  expect(certificate(null)).toBe("The certificate is that of settings.test.");
});
