#!/bin/bash
#SBATCH --job-name=ergon-0123456789ab-s0-a0
#SBATCH --partition=normal
#SBATCH --account=ab0123
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --array=0-19
#SBATCH --constraint=mc
#SBATCH --cpus-per-task=128
#SBATCH --exclusive
#SBATCH --signal=B:USR1@120
#SBATCH --time=240
#SBATCH --requeue
#SBATCH --output=/scratch/a.campaign/logs/ergon-0123456789ab-s0-a0-%a.log
#SBATCH --open-mode=append
type module >/dev/null 2>&1 || source /etc/profile
module load 'PrgEnv-gnu' || exit 1
module load 'cray-hdf5' || exit 1
module load 'craype-accel-host' || exit 1
export OMP_PLACES='threads'
set -u
# exec: signals go to the program, which ends the point that it is at.
exec 'srun' '--hint=nomultithread' '--cpu-bind=cores' --cpus-per-task=128 --nodes=1 --ntasks=1 '/opt/ergon/bin/ergon' shard '/scratch/a.campaign' --tag 'ergon-0123456789ab-s0-a0' --first 0 --task "$SLURM_ARRAY_TASK_ID"
