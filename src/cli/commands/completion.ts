import { Argument, type Command } from "commander";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";

/** Each asks `flotilla __complete` for the words, so that the script never grows old. */
const SCRIPTS: Record<string, string> = {
  bash: `# flotilla completion for bash. Put into ~/.bashrc: source <(flotilla completion bash)
_flotilla() {
  local IFS=$'\\n' line
  COMPREPLY=()
  while read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(flotilla __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _flotilla flotilla
`,
  zsh: `#compdef flotilla
# flotilla completion for zsh. Put into ~/.zshrc: source <(flotilla completion zsh)
_flotilla() {
  local -a found
  local line
  while IFS= read -r line; do
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(flotilla __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe flotilla found; else _files; fi
}
compdef _flotilla flotilla
`,
  fish: `# flotilla completion for fish. Put into ~/.config/fish/completions/flotilla.fish
function __flotilla_complete
  set -l words (commandline -opc) (commandline -ct)
  flotilla __complete -- $words[2..-1] 2>/dev/null
end
complete -c flotilla -f -a '(__flotilla_complete)'
`,
};

export function register(program: Command, host: Host): void {
  program
    .command("completion")
    .description(
      "Prints the completion script of a shell. It also completes the running fleet's workers and tools.",
    )
    .addArgument(new Argument("<shell>").choices(Object.keys(SCRIPTS)))
    .addHelpText("after", "\nFor example: source <(flotilla completion bash)\n")
    .action(
      host.action((shell: string) => {
        host.io.stdout.write(SCRIPTS[shell] ?? "");
        return Promise.resolve(EXIT.ok);
      }),
    );
}
