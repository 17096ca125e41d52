import type { MailContent, MailData } from './mail-content.js';

const PAGE =
  'margin:0;padding:24px 12px;background:#f4f6f9;color:#1a212d;font:16px/1.5 system-ui,-apple-system,Segoe UI,sans-serif';
const CARD =
  'max-width:34rem;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #d8dde6;border-radius:10px;overflow-wrap:anywhere';
const HEADING = 'margin:0 0 16px;font-size:20px;line-height:1.3';
const PARAGRAPH = 'margin:0 0 12px';
const BUTTON =
  'display:inline-block;margin:8px 0 16px;padding:11px 18px;background:#1f57c3;color:#ffffff;border-radius:8px;text-decoration:none;font-weight:600';
const LABEL = 'margin:0;color:#515c6e;font-size:14px';
const VALUE = 'margin:0 0 8px';
const SMALL = 'margin:0 0 12px;color:#515c6e;font-size:14px;overflow-wrap:anywhere';

// RFC 5322 §2.1.1 asks for at most 78.
const LINE = 76;

/** A mail as plain text: what happened, when and from where, what to do. In ASCII as far as the values are. */
export function textOf({ paragraphs, details, action, advice }: MailContent, data: MailData): string {
  const parts = [
    ...paragraphs.map(folded),
    details.map(([label, value]) => folded(`${label}: ${value}`)).join('\n'),
    ...(action === null ? [] : [`${action.label}:\n${action.url}`]),
    ...advice.map(folded),
    `-- \n${folded(reasonOf(data))}`,
  ];
  return `${withPlainQuotes(parts.join('\n\n'))}\n`;
}

/** The same as HTML. It loads nothing from anywhere, so opening it shows nobody that it was opened. */
export function htmlOf({ subject, paragraphs, details, action, advice }: MailContent, data: MailData): string {
  const body = [
    `<h1 style="${HEADING}">${escaped(subject)}</h1>`,
    ...paragraphs.map((text) => `<p style="${PARAGRAPH}">${escaped(text)}</p>`),
    '<dl style="margin:16px 0">',
    ...details.map(
      ([label, value]) => `<dt style="${LABEL}">${escaped(label)}</dt>\n<dd style="${VALUE}">${escaped(value)}</dd>`,
    ),
    '</dl>',
    ...(action === null ? [] : actionHtml(action)),
    ...advice.map((text) => `<p style="${PARAGRAPH}">${escaped(text)}</p>`),
    `<p style="${SMALL};border-top:1px solid #d8dde6;padding-top:12px;margin:16px 0 0">${escaped(reasonOf(data))}</p>`,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(subject)}</title>
</head>
<body style="${PAGE}">
<div role="main" style="${CARD}">
${body.join('\n')}
</div>
</body>
</html>
`;
}

function actionHtml({ label, url }: NonNullable<MailContent['action']>): string[] {
  return [
    `<p style="margin:0"><a href="${escaped(url)}" style="${BUTTON}">${escaped(label)}</a></p>`,
    `<p style="${SMALL}">If the button does not work, open this address:<br>${escaped(url)}</p>`,
  ];
}

function reasonOf({ service, email }: MailData): string {
  return `${service} sends this to ${email}, the address of an account there. It is about the account’s security, so it cannot be unsubscribed.`;
}

/** Breaks lines at blanks; a word that is longer than a line stays whole. */
function folded(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > LINE) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}

function withPlainQuotes(text: string): string {
  return text.replace(/[“”]/g, '"').replace(/’/g, "'");
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
