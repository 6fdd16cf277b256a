/* The smallest checkpassword there can be: it reads the request and accepts it. */
#include <unistd.h>

int main(void)
{
	static const char reply[] = "user=john@example.org\tuserdb_home=/var/vmail/example.org/john\t"
				    "userdb_uid=5000\tuserdb_gid=5000\t";
	char request[513];
	long length = 0, got;

	while (length < 513 && (got = read(3, request + length, 513 - length)) > 0)
		length += got;
	return write(4, reply, sizeof(reply) - 1) > 0 ? 0 : 111;
}
