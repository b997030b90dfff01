#!/bin/bash
#SBATCH --job-name=ergon-0123456789ab-s0-a0
#SBATCH --partition=gpu
#SBATCH --account=project42
#SBATCH --qos=normal
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --array=0-19
#SBATCH --gres=gpu:h200:1
#SBATCH --constraint=h200&nvlink
#SBATCH --exclusive
#SBATCH --exclude=gpu013,gpu[020-023]
#SBATCH --signal=B:USR1@120
#SBATCH --time=120
#SBATCH --requeue
#SBATCH --output=/scratch/a.campaign/logs/ergon-0123456789ab-s0-a0-%a.log
#SBATCH --open-mode=append
export CUDA_DEVICE_ORDER='PCI_BUS_ID'
set -u
# exec: signals go to the program, which ends the point that it is at.
exec 'srun' --cpu-bind=none --nodes=1 --ntasks=1 'apptainer' 'exec' '--nv' '/apps/images/ergon.sif' '/opt/ergon/bin/ergon' shard '/scratch/a.campaign' --tag 'ergon-0123456789ab-s0-a0' --first 0 --task "$SLURM_ARRAY_TASK_ID"
