/* Where the index of a directory of reports is. */
#ifndef ASSAY_CLI_FLEET_PATH_H
#define ASSAY_CLI_FLEET_PATH_H

#define FLEET_FILE ".assay-index.sqlite"

#endif
