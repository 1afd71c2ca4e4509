"""Everything with a socket, a file or a vendor's name, one file each."""
