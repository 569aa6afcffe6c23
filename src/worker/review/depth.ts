/**
 * Says whether code can be handed to a native parser. Such a one recurses on its own stack: text that nests tens of
 * thousands deep would end the whole process, where no time limit helps. Honest code stays far below these bounds.
 */
const MAX_BRACKETS = 200;
/** Words and signs of one expression or statement: chains such as `1+1+…` or `if(a)if(a)…` nest by each of them. */
const MAX_RUN = 2_500;
const MAX_ELSE = 400;

export function isTooDeep(text: string): boolean {
  let depth = 0;
  let run = 0;
  let elses = 0;
  let inWord = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // ( [ {
    if (code === 40 || code === 91 || code === 123) depth += 1;
    else if (code === 41 || code === 93 || code === 125) depth = Math.max(0, depth - 1);
    if (depth > MAX_BRACKETS) return true;
    // ; , { }
    if (code === 59 || code === 44 || code === 123 || code === 125) run = 0;
    const isWord =
      code > 127 ||
      (code >= 48 && code <= 57) ||
      (code >= 65 && code <= 90) ||
      (code >= 97 && code <= 122) ||
      code === 95 ||
      code === 36;
    if (isWord && !inWord) {
      run += 1;
      if (text.startsWith("else", at)) elses += 1;
    } else if (!isWord && code > 32) run += 1;
    inWord = isWord;
    if (run > MAX_RUN || elses > MAX_ELSE) return true;
  }
  return false;
}
