# Usage: gate.sh PROGRAM [ARGUMENT]...
# Becomes PROGRAM once Flotilla has said on standard input that the guardian knows this process. If Flotilla dies
# before that, input ends and so does this: no drone ever runs that nobody would end.
# `read` takes exactly one line from a pipe (POSIX), so all that follows is the program's.
read -r word || exit 70
[ "$word" = go ] || exit 70
exec "$@"
