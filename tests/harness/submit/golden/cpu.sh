#!/bin/bash
#SBATCH --job-name=ergon-0123456789ab-s0-a0
#SBATCH --partition=standard
#SBATCH --account=project42
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --array=0-19%8
#SBATCH --cpus-per-task=64
#SBATCH --exclusive
#SBATCH --signal=B:USR1@120
#SBATCH --time=60
#SBATCH --requeue
#SBATCH --output=/scratch/a.campaign/logs/ergon-0123456789ab-s0-a0-%a.log
#SBATCH --open-mode=append
type module >/dev/null 2>&1 || source /etc/profile
module load 'gcc/12.2' || exit 1
module load 'hdf5-serial/1.10' || exit 1
export OMP_PLACES='cores'
export OMP_PROC_BIND='close'
set -u
# exec: signals go to the program, which ends the point that it is at.
exec 'srun' --cpus-per-task=64 --nodes=1 --ntasks=1 '/opt/ergon/bin/ergon' shard '/scratch/a.campaign' --tag 'ergon-0123456789ab-s0-a0' --first 0 --task "$SLURM_ARRAY_TASK_ID"
