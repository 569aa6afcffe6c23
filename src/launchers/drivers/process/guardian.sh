# Usage: guardian.sh RUN TICKS
# Outlives Flotilla by a moment and ends what it left. Standard input tells which process groups exist:
# "+ ID" and "- ID", one a line. Input ends when Flotilla does, however that came about.
# RUN is in the environment of every drone of this Flotilla; TICKS are the tenths of a second between TERM and KILL.
trap '' HUP INT QUIT TERM PIPE
run=$1
ticks=$2
groups=' '

while read -r sign id; do
  case $id in
  '' | 0 | 1 | *[!0-9]*) continue ;;
  esac
  case $sign in
  +)
    case $groups in
    *" $id "*) ;;
    *) groups="$groups$id " ;;
    esac
    ;;
  -)
    case $groups in
    *" $id "*) groups="${groups%% "$id" *} ${groups#* "$id" }" ;;
    esac
    ;;
  esac
done

# Processes that left their group still carry the mark; only Linux shows it, elsewhere the pattern matches no file.
strays() {
  for file in $(grep -ls "FLOTILLA_RUN=$run" /proc/[0-9]*/environ 2>/dev/null); do
    file=${file#/proc/}
    printf '%s ' "${file%/environ}"
  done
}

# Succeeds when the signal ($1; 0 only asks) reached somebody.
reach() {
  reached=1
  for id in $groups; do
    kill -s "$1" -- "-$id" 2>/dev/null && reached=0
  done
  for id in $(strays); do
    kill -s "$1" "$id" 2>/dev/null && reached=0
  done
  return $reached
}

# Waits up to $1 tenths of a second; succeeds when nobody is left.
gone_within() {
  left=$1
  while reach 0; do
    [ "$left" -gt 0 ] || return 1
    left=$((left - 1))
    sleep 0.1 || left=0
  done
  return 0
}

# Drones saw their input end too; the well-behaved leave by themselves.
gone_within 5 && exit 0
reach TERM
gone_within "$ticks" && exit 0
reach KILL
# Once more for what was born while the first round went through the list.
gone_within 5 || reach KILL
