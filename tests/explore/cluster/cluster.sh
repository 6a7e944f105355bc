#!/bin/sh
# A Slurm of this machine alone, for tests: munged, slurmctld and two nodes of one processor each, n1 and n2, everything
# in DIR (less than 80 characters: sockets). As root or as a user.
#
#   cluster.sh up DIR            starts it and waits until both nodes are idle; then `export SLURM_CONF=DIR/slurm.conf`
#   cluster.sh kill DIR NODE     kill -9 of the node's slurmd; its tasks live on
#   cluster.sh cut DIR NODE      as when the power goes: kill -9 of all that the node runs
#   cluster.sh start DIR NODE    starts the node's slurmd (again)
#   cluster.sh down DIR          ends it
#
# Exit status 77: this machine has no Slurm (Debian: slurmctld slurmd slurm-client munge).
set -eu
PATH=$PATH:/usr/sbin:/sbin
act=$1
dir=$2
export SLURM_CONF="$dir/slurm.conf"

for program in munged mungekey slurmctld slurmd sbatch squeue scancel scontrol sinfo; do
  if ! command -v $program > /dev/null; then
    echo "no $program: a real Slurm is needed (Debian: slurmctld slurmd slurm-client munge)" >&2
    exit 77
  fi
done

# The first of so many ports in a row that nothing listens on.
free_ports() {
  count=$1
  port=$((20000 + $$ % 20000))
  while :; do
    free=1
    for i in $(seq 0 $((count - 1))); do
      if grep -q "^ *[0-9]*: [0-9A-F]*:$(printf %04X $((port + i))) " /proc/net/tcp /proc/net/tcp6 2> /dev/null; then
        free=0
      fi
    done
    [ $free = 1 ] && break
    port=$((port + count))
  done
  echo $port
}

write_conf() {
  host=$(hostname -s)
  user=$(id -un)
  port=$(free_ports 3)
  # SlurmdTimeout: a node that says nothing for so many seconds is down, and its tasks are lost.
  cat > "$SLURM_CONF" << END
ClusterName=tridex
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
CryptoType=crypto/munge
SlurmctldPort=$port
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.%n.log
SlurmdParameters=config_overrides
SlurmdTimeout=10
SlurmctldTimeout=10
KillWait=2
ReturnToService=2
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES State=UP MaxTime=INFINITE
END
  # slurmd looks for it beside slurm.conf; nothing is contained here.
  echo "CgroupPlugin=cgroup/v1" > "$dir/cgroup.conf"
}

start_node() {
  mkdir -p "$dir/spool.$1"
  slurmd -N "$1" -f "$SLURM_CONF"
}

# The process of a PID file, if it is that program's.
pid_of() {
  pid=$(cat "$1" 2> /dev/null) || return 1
  [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = "$2" ] && echo "$pid"
}

stop() {
  pid=$(pid_of "$1" "$2") || return 0
  kill "-$3" "$pid" 2> /dev/null || return 0
  for _ in $(seq 100); do
    [ -d "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status" 2> /dev/null || return 0
    sleep 0.1
  done
}

# A node's slurmstepd, which have its log open, and the tasks below them.
tasks_of() {
  for step in $(pgrep -x slurmstepd); do
    if ls -l "/proc/$step/fd" 2> /dev/null | grep -q -F " $dir/slurmd.$1.log"; then
      echo "$step"
      pgrep -P "$step" || true
    fi
  done
}

wait_for_nodes() {
  for _ in $(seq 300); do
    [ "$(sinfo -h -N -o %t 2> /dev/null | grep -c '^idle$')" = 2 ] && return 0
    sleep 0.1
  done
  echo "the nodes do not come up:" >&2
  sinfo -N -l >&2 || true
  tail -n 20 "$dir"/*.log >&2
  return 1
}

case $act in
  up)
    mkdir -p "$dir/state"
    chmod 755 "$dir"
    mungekey --create --keyfile "$dir/munge.key"
    munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
      --seed-file="$dir/munged.seed" --log-file="$dir/munged.log"
    write_conf
    slurmctld -f "$SLURM_CONF"
    start_node n1
    start_node n2
    wait_for_nodes
    ;;
  kill) stop "$dir/slurmd.$3.pid" slurmd KILL ;;
  cut)
    stop "$dir/slurmd.$3.pid" slurmd KILL
    for pid in $(tasks_of "$3"); do
      kill -KILL "$pid" 2> /dev/null || true
    done
    ;;
  start) start_node "$3" ;;
  down)
    scancel --me 2> /dev/null || true
    for node in n1 n2; do
      stop "$dir/slurmd.$node.pid" slurmd TERM
      for pid in $(tasks_of $node); do
        kill -KILL "$pid" 2> /dev/null || true
      done
    done
    stop "$dir/slurmctld.pid" slurmctld TERM
    stop "$dir/munged.pid" munged TERM
    ;;
  *)
    echo "up, kill, cut, start or down" >&2
    exit 2
    ;;
esac
