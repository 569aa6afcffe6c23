/** The body of an answer that has come whole, for readers that would otherwise pay for a stream. */
export class WholeBody implements AsyncIterable<string> {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    if (this.text !== "") yield this.text;
  }
}
