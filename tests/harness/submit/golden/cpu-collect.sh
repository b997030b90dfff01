#!/bin/bash
#SBATCH --job-name=ergon-0123456789ab-s0-collect
#SBATCH --partition=standard
#SBATCH --account=project42
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --time=60
#SBATCH --requeue
#SBATCH --dependency=afterany:17:18
#SBATCH --output=/scratch/a.campaign/logs/ergon-0123456789ab-s0-collect.log
#SBATCH --open-mode=append
type module >/dev/null 2>&1 || source /etc/profile
module load 'gcc/12.2' || exit 1
module load 'hdf5-serial/1.10' || exit 1
export OMP_PLACES='cores'
export OMP_PROC_BIND='close'
set -u
# exec: signals go to the program, which ends the point that it is at.
exec '/opt/ergon/bin/ergon' collect '/scratch/a.campaign'
