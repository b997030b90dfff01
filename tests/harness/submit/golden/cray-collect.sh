#!/bin/bash
#SBATCH --job-name=ergon-0123456789ab-s0-collect
#SBATCH --partition=normal
#SBATCH --account=ab0123
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --time=60
#SBATCH --requeue
#SBATCH --dependency=afterany:17:18
#SBATCH --output=/scratch/a.campaign/logs/ergon-0123456789ab-s0-collect.log
#SBATCH --open-mode=append
type module >/dev/null 2>&1 || source /etc/profile
module load 'PrgEnv-gnu' || exit 1
module load 'cray-hdf5' || exit 1
module load 'craype-accel-host' || exit 1
export OMP_PLACES='threads'
set -u
# exec: signals go to the program, which ends the point that it is at.
exec '/opt/ergon/bin/ergon' collect '/scratch/a.campaign'
