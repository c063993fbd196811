#ifndef ASSAY_CLI_POLICY_TEST_H
#define ASSAY_CLI_POLICY_TEST_H

/* Runs files of trials (policy/trial.h). EXIT_CODE_GOOD, EXIT_CODE_WRONG when a verdict is not the one expected, or EXIT_CODE_ERROR. */
int policy_test(int count, char **files);

#endif
