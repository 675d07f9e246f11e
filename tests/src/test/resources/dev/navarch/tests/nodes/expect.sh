# What a pod says of itself from inside: each word below prints what it found when that is not what it
# expected; the script then ends with 1. The first argument names what is looked at.
bad=0
trap 'exit $bad' EXIT

miss() {
  echo "$*"
  bad=1
}

# is WHAT EXPECTED FOUND
is() {
  [ "$2" = "$3" ] || miss "$1: expected '$2', found '$3'"
}

# has WHAT PART FOUND
has() {
  case "$3" in
    *"$2"*) ;;
    *) miss "$1: expected something with '$2', found '$3'" ;;
  esac
}

# lacks WHAT PART FOUND
lacks() {
  case "$3" in
    *"$2"*) miss "$1: expected nothing with '$2', found '$3'" ;;
  esac
}

# can WHAT COMMAND...
can() {
  what=$1
  shift
  said=$("$@" 2>&1) || miss "$what: '$*' failed: $said"
}

# cannot WHAT COMMAND...
cannot() {
  what=$1
  shift
  if "$@" >/dev/null 2>&1; then miss "$what: '$*' was possible"; fi
}

# soon WHAT COMMAND...: within a minute
soon() {
  what=$1
  shift
  left=600
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    if [ $left = 0 ]; then
      miss "$what: '$*' failed for a minute"
      return
    fi
    sleep 0.1
  done
}

# between WHAT LEAST MOST FOUND
between() {
  [ "$4" -ge "$2" ] && [ "$4" -le "$3" ] || miss "$1: expected $2 to $3, found '$4'"
}

# status FIELD: of /proc/self/status
status() {
  sed -n "s/^$1:[[:space:]]*//p" /proc/self/status
}

# capability BIT: whether it is effective, 1 or 0
capability() {
  echo $(((0x$(status CapEff) >> $1) & 1))
}

# mounted PATH: the options of what is mounted there
mounted() {
  awk -v path="$1" '$5 == path { print $6 " " $0 }' /proc/self/mountinfo | tail -n 1
}

# mode PATH, owner PATH
mode() {
  stat -Lc %a "$1"
}

owner() {
  stat -Lc %u:%g "$1"
}

# Control group values, of version 1 or 2.
group() {
  if [ -e "/sys/fs/cgroup/$2" ]; then cut -d' ' -f1 "/sys/fs/cgroup/$2"; else cat "/sys/fs/cgroup/$1"; fi
}

memory_limit() {
  group memory/memory.limit_in_bytes memory.max
}

cpu_quota() {
  group cpu/cpu.cfs_quota_us cpu.max
}

# Version 2 has weights, which say the same in other units: see cpu.weight's documentation.
cpu_shares_are() {
  if [ -e /sys/fs/cgroup/cpu.weight ]; then
    between weight 1 10000 "$(cat /sys/fs/cgroup/cpu.weight)"
  else
    is shares "$1" "$(cat /sys/fs/cgroup/cpu/cpu.shares)"
  fi
}

# The largest number that a control group knows is no limit.
unlimited() {
  case "$2" in
    max | -1 | 9223372036854771712) ;;
    *) miss "$1: expected no limit, found '$2'" ;;
  esac
}
