#!/bin/sh
# Stands for sbatch, squeue and scancel, by the name that it is called by, and runs all tasks at once on this machine.
# $FAKE_SLURM: its folder, with tasks/JOB_K (the task's process and the job's name) for each task that lives,
# jobs/JOB (the words of sbatch), and what a test puts there: `refuse` (sbatch fails), `away` (squeue fails, after
# adding a dot to `asked`), and `before.sh`, which a task reads before its script, with $SLURM_ARRAY_JOB_ID and _TASK_ID:
# what fails there ends the task.
set -eu
mkdir -p "$FAKE_SLURM/tasks" "$FAKE_SLURM/jobs"

# "1-3,7" -> 1 2 3 7
numbers() {
  for range in $(echo "$1" | tr , ' '); do
    seq "${range%-*}" "${range#*-}"
  done
}

run_task() {
  SLURM_ARRAY_JOB_ID=$1
  SLURM_ARRAY_TASK_ID=$2
  export SLURM_ARRAY_JOB_ID SLURM_ARRAY_TASK_ID
  log=$(echo "$3" | sed "s/%A/$1/; s/%a/$2/")
  exec > "$log" 2>&1 < /dev/null
  if [ -e "$FAKE_SLURM/before.sh" ]; then
    . "$FAKE_SLURM/before.sh"
  fi
  exec sh "$4"
}

case $(basename "$0") in
  sbatch)
    if [ -e "$FAKE_SLURM/refuse" ]; then
      echo "sbatch: error: invalid partition specified: none" >&2
      exit 1
    fi
    job=$(($(ls "$FAKE_SLURM/jobs" | wc -l) + 1))
    echo "$@" > "$FAKE_SLURM/jobs/$job"
    for word; do
      case $word in
        --array=*) array=${word#*=} ;;
        --job-name=*) name=${word#*=} ;;
        --output=*) output=${word#*=} ;;
        *) script=$word ;;
      esac
    done
    for k in $(numbers "$array"); do
      task=$FAKE_SLURM/tasks/${job}_$k
      : > "$task"
      (
        run_task "$job" "$k" "$output" "$script" &
        echo "$! $name" > "$task"
        wait $! || true
        rm "$task"
      ) > /dev/null 2>&1 &
    done
    echo "$job;fake"
    ;;
  squeue)
    if [ -e "$FAKE_SLURM/away" ]; then
      printf . >> "$FAKE_SLURM/asked"
      echo "squeue: error: Unable to contact slurm controller" >&2
      exit 1
    fi
    echo "77|RUNNING|another|None"
    for task in "$FAKE_SLURM"/tasks/*; do
      if read -r pid name 2> /dev/null < "$task"; then
        echo "$(basename "$task")|RUNNING|$name|None"
      fi
    done
    ;;
  scancel)
    for word; do
      for task in "$FAKE_SLURM/tasks/$word" "$FAKE_SLURM/tasks/${word}"_*; do
        if read -r pid name 2> /dev/null < "$task"; then
          kill -TERM "$pid" 2> /dev/null || true
        fi
      done
    done
    ;;
esac
