#!/bin/bash
#SBATCH --job-name=ergon-0123456789ab-s0-collect
#SBATCH --partition=gpu
#SBATCH --account=project42
#SBATCH --qos=normal
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --time=60
#SBATCH --requeue
#SBATCH --dependency=afterany:17:18
#SBATCH --output=/scratch/a.campaign/logs/ergon-0123456789ab-s0-collect.log
#SBATCH --open-mode=append
export CUDA_DEVICE_ORDER='PCI_BUS_ID'
set -u
# exec: signals go to the program, which ends the point that it is at.
exec 'apptainer' 'exec' '--nv' '/apps/images/ergon.sif' '/opt/ergon/bin/ergon' collect '/scratch/a.campaign'
