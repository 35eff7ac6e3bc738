/** Language tags offered in the list; any other valid tag can be typed. */
export const LANGUAGE_TAGS = (
  "af am ar ar-AE ar-EG ar-SA az be bg bn bs ca cs cy da de de-AT de-CH de-DE de-LI de-LU el en en-AU en-CA en-GB " +
  "en-IE en-IN en-NZ en-US en-ZA es es-419 es-AR es-CL es-CO es-ES es-MX et eu fa fi fil fr fr-BE fr-CA fr-CH fr-FR " +
  "ga gl gu he hi hr hu hy id is it it-CH it-IT ja ka kk km kn ko ky lo lt lv mk ml mn mr ms mt my nb ne nl nl-BE " +
  "nl-NL nn pa pl pt pt-BR pt-PT ro ru si sk sl sq sr sv sv-FI sv-SE sw ta te th tr uk ur uz vi zh-CN zh-HK zh-TW zu"
).split(" ");
